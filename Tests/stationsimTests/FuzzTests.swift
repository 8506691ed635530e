import Foundation
import GatewayTestSupport
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

    @Test func randomScenarios_areReadOrRefused() throws {
        let seed = Fuzz.anySeed
        var random = SeededRandom(seed: seed, stream: "fuzz")
        let good = Array(oneDevice(points: temperature, faults: #"{device: "meter", kind: "crc", one_in: 3}"#).utf8)
        for _ in 0..<300 {
            var bytes = good
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
