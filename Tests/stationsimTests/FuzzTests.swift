import Foundation
import GatewayTestSupport
import Glibc
import SerialLine
import Testing

@testable import stationsim

/// Whatever arrives, the slave is there for the next sound request.
@Suite(.serialized) struct FuzzTests {
    @Test func randomBytes_neverStopALine() throws {
        let seed = Fuzz.anySeed
        var random = SeededRandom(seed: seed, stream: "fuzz")
        let station = try RunningStation(oneDevice(points: temperature), fast: true)
        let master = try station.master()
        for round in 0..<200 {
            var bytes = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if round % 3 == 0 {
                bytes = [17] + bytes
                bytes += RawMaster.crc(bytes)
            }
            master.send(bytes)
            _ = master.receive(300, quiet: 2_000_000, limit: 3_000_000)
            var answer = master.ask(17, 3, 10, 1, limit: 200_000_000)
            if RawMaster.words(answer) != [215] {
                // The simulator may have taken both writes as one frame, as a slave on a line would.
                _ = master.receive(300, quiet: 5_000_000, limit: 20_000_000)
                answer = master.ask(17, 3, 10, 1, limit: 200_000_000)
            }
            #expect(RawMaster.words(answer) == [215], "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: ["tcp", "rtu"])
    func randomBytes_neverStopAPort(framing: String) throws {
        let seed = Fuzz.anySeed
        var random = SeededRandom(seed: seed, stream: "fuzz")
        let text = oneDevice(points: temperature)
            .replacing(#"serial: "9600 8N1""#, with: #"tcp: "127.0.0.1:0", framing: "\#(framing)""#)
        let station = try RunningStation(text, fast: true)
        for round in 0..<100 {
            let master = try #require(RawMaster(port: station.port("line")))
            master.send((0..<Int(random.next() % 400)).map { _ in UInt8(truncatingIfNeeded: random.next() % 20) })
            let fresh = try #require(RawMaster(port: station.port("line")))
            let isTCP = framing == "tcp"
            fresh.send(isTCP ? [0, 1, 0, 0, 0, 6, 17, 3, 0, 10, 0, 1] : RawMaster.request(17, 3, 10, 1))
            let answer = fresh.receive(isTCP ? 11 : 7, limit: 500_000_000)
            #expect(answer.suffix(isTCP ? 2 : 4).prefix(2) == [0, 215], "seed \(seed), round \(round)")
        }
    }

    /// Random settings and bytes into a line on which everything is wrong: it answers as soon as it is asked properly.
    @Test func randomBytesAtRandomSettings_neverStopASickLine() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("SEED=\(seed)")
        var random = SeededRandom(seed: seed, stream: "fuzz")
        let cable = ", bias: false, termination: false, interference: {every: \"90ms\"}"
        let master = ", masters: [{id: \"plc\", every: \"70ms\", requests: [{unit: 17, address: 10, count: 1}]}]"
        let station = try RunningStation(
            oneDevice(
                lineOptions: cable + master, points: temperature, extra: ", tolerant: true",
                faults: #"{device: "meter", kind: "babble", every: "200ms", bytes: 4}"#), seed: seed)
        let port = try station.master()
        for _ in 0..<25 {
            port.set(
                SerialSettings(
                    baud: [2400, 4800, 9600, 19_200][Int(random.next() % 4)], parity: random.oneIn(2) ? .even : .odd))
            port.send(random.bytes(Int(random.next() % 40)))
            _ = port.receive(300, quiet: 5_000_000, limit: 40_000_000)
        }
        port.set(SerialSettings(baud: 9600))
        let frame = [17, 3, 2, 0, 215] + RawMaster.crc([17, 3, 2, 0, 215])
        let isAnswered = (0..<60).contains { _ in
            usleep(8_000)
            port.send(RawMaster.request(17, 3, 10, 1))
            let bytes = port.receive(30, quiet: 15_000_000, limit: 60_000_000)
            return bytes.indices.contains { bytes.dropFirst($0).prefix(7).elementsEqual(frame) }
        }
        #expect(isAnswered, "seed \(seed)")
    }

    @Test func randomScenarios_areReadOrRefused() throws {
        let seed = Fuzz.anySeed
        var random = SeededRandom(seed: seed, stream: "fuzz")
        let plain = oneDevice(points: temperature, faults: #"{device: "meter", kind: "crc", one_in: 3}"#)
        let sick = oneDevice(
            lineOptions:
                #", bias: false, length: 9, interference: {every: "1s"}, adapter: {device: "ttyUSB0", id: "x"}, "#
                + #"masters: [{id: "plc", every: "1s", requests: ["68 16", {unit: 1, address: 0, count: 1}]}]"#,
            points: temperature, extra: #", baud: 2400, format: "8E1", swapped: true"#,
            faults:
                #"{device: "meter", kind: "steal", units: [1]}, {bus: "line", kind: "port-gone", returns: {id: "y"}}"#)
        for text in [plain, sick] { _ = try ScenarioReader.read(Data(text.utf8)) }
        for round in 0..<600 {
            var bytes = Array((round % 2 == 0 ? plain : sick).utf8)
            for _ in 0...random.next() % 4 {
                let place = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next() % 128)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8(truncatingIfNeeded: random.next() % 128), at: place)
                }
            }
            do { _ = try ScenarioReader.read(Data(bytes)) } catch {
                #expect(!"\(error)".isEmpty, "seed \(seed)")
            }
        }
    }
}
