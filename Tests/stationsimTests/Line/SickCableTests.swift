import Glibc
import Testing

@testable import stationsim

/// What is wrong with wires, as the program at the port meets it.
@Suite(.serialized) struct SickCableTests {
    @Test func swappedWiresOfTheGateway_giveOneBreakAfterEachRequest_andNothingElse() throws {
        let station = try RunningStation(oneDevice(lineOptions: ", swapped: true", points: temperature))
        let master = try station.master()
        // The idle line itself is a break.
        #expect(master.receive(1) == [0])
        for _ in 0..<3 {
            RawMaster.pause()
            #expect(master.ask(17, 3, 10, 1, limit: 100_000_000) == [0])
        }
        #expect(try station.events(3) == ["unheard", "unheard", "unheard"])
    }

    @Test func swappedWiresOfOneDevice_silenceThatDeviceOnly() throws {
        let station = try RunningStation(
            #"""
            {name: "t", buses: [{id: "line", serial: "9600 8N1"}],
             devices: [{id: "good", bus: "line", unit: 1, points: [{point: "a", address: 0, signal: 7}]},
                       {id: "turned", bus: "line", unit: 2, swapped: true, readable: {holding: [[0, 9]]}}]}
            """#)
        let master = try station.master()
        for _ in 0..<2 {
            #expect(RawMaster.words(master.ask(1, 3, 0, 1)) == [7])
            RawMaster.pause()
            #expect(master.ask(2, 3, 0, 1, limit: 100_000_000) == [])
        }
        #expect(try station.events(2) == ["unheard", "unheard"])
    }

    @Test func aLineWithoutBias_addsCharactersAroundFrames_thatAreWholeInside() throws {
        let station = try RunningStation(oneDevice(lineOptions: ", bias: false", points: temperature), seed: 5)
        let master = try station.master()
        let body: [UInt8] = [17, 3, 2, 0, 215]
        let sound = body + RawMaster.crc(body)
        var (whole, strays, silent) = (0, 0, 0)
        for _ in 0..<80 {
            usleep(8_000)
            master.send(RawMaster.request(17, 3, 10, 1))
            let bytes = master.receive(20, quiet: 20_000_000, limit: 50_000_000)
            let isWhole = bytes.indices.contains { bytes.dropFirst($0).prefix(7).elementsEqual(sound) }
            if isWhole { whole += 1 } else { silent += 1 }
            if bytes.count > (isWhole ? 7 : 0) { strays += 1 }
        }
        #expect(whole >= 50, "\(whole) of 80 answers get through")
        #expect(silent >= 1, "a stray right after a request spoils it for the device")
        #expect(strays >= 4, "\(strays) of 80")
    }

    @Test func withoutTermination_longFramesSuffer_andShortOnesGetThrough() throws {
        let points = (0..<100).map { #"{point: "p\#($0)", address: \#($0), signal: \#($0 * 331)}"# }.joined(
            separator: ",")
        let station = try RunningStation(
            oneDevice(line: "19200 8N1", lineOptions: ", termination: false, length: 1100", points: points), seed: 3)
        let master = try station.master()
        func bad(_ count: Int) -> Int {
            (0..<20).count { _ in
                usleep(4_000)
                return !RawMaster.isSound(master.ask(17, 3, 0, count, limit: 200_000_000))
            }
        }
        let (short, long) = (bad(1), bad(100))
        #expect(long >= 8 && long > short + 4, "\(short) and \(long) of 20")
    }

    @Test func interference_followsThePump() throws {
        let station = try RunningStation(
            #"""
            {name: "t", signals: [{id: "one", constant: 1}, {id: "pump", integral: {of: "one", per: "100ms"}}],
             buses: [{id: "line", serial: "9600 8N1", interference: {signal: "pump", every: "20ms", length: "3ms"}}],
             devices: [{id: "meter", bus: "line", unit: 17, readable: {holding: [[0, 99]]}}]}
            """#)
        let master = try station.master()
        // No tick yet, no pump.
        #expect(RawMaster.isSound(master.ask(17, 3, 0, 40)))
        station.simulation.tick()
        var bad = 0
        for _ in 0..<6 {
            _ = master.receive(1, limit: 30_000_000)
            if !RawMaster.isSound(master.ask(17, 3, 0, 40, limit: 300_000_000)) { bad += 1 }
        }
        #expect(bad >= 4, "\(bad) of 6")
        #expect(try station.events(1).contains { $0 == "garbled" || $0 == "unheard" })
    }
}
