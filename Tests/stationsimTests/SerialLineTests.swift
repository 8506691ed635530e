import Foundation
import Glibc
import Testing

@testable import stationsim

/// A raw master on the other end of the line: what it sees is what any program would see.
@Suite(.serialized) struct SerialLineTests {
    @Test func anAnswer_takesTheTimeThatItsCharactersTake() throws {
        let points = (0..<40).map { #"{point: "p\#($0)", address: \#($0), signal: \#($0)}"# }.joined(separator: ",")
        let station = try RunningStation(oneDevice(points: points))
        let master = try station.master()
        // 8 characters, 4 ms, 85 characters at 9600 8N1.
        let expected: Int64 = 8_333_334 + 4_000_000 + 88_541_667
        var best = Int64.max
        for _ in 0..<8 where best > 1_000_000 {
            RawMaster.pause()
            let start = RawMaster.now()
            let frame = master.ask(17, 3, 0, 40)
            let late = RawMaster.now() - start - expected
            #expect(RawMaster.words(frame) == (0..<40).map(UInt16.init))
            #expect(late >= 0, "faster than the line")
            best = min(best, late)
        }
        #expect(best < 1_000_000, "\(best) ns late at best")
    }

    @Test func theBytes_comeAChunkAtATime() throws {
        let points = (0..<20).map { #"{point: "p\#($0)", address: \#($0), signal: 1}"# }.joined(separator: ",")
        let station = try RunningStation(oneDevice(line: "2400 8N1", points: points))
        let master = try station.master()
        // A chunk of 8 characters takes 33 ms; a busy machine may let two of them gather.
        var isFirstAlone = false
        for _ in 0..<8 where !isFirstAlone {
            usleep(20_000)
            master.send(RawMaster.request(17, 3, 0, 20))
            let first = master.receive(1)
            #expect(first.count % 8 == 0)
            isFirstAlone = first.count == 8
            #expect(RawMaster.isSound(first + master.receive(45 - first.count)))
        }
        #expect(isFirstAlone)
    }

    @Test func aRequestAfterTooShortASilence_isIgnoredAndCounted() throws {
        let station = try RunningStation(oneDevice(line: "2400 8N1", points: temperature))
        let master = try station.master()
        // 3.5 characters are 14.6 ms here. A busy machine may need more even for the request that should be too early.
        var isIgnored = false
        var tries = 0
        while !isIgnored, tries < 10 {
            usleep(20_000)
            #expect(master.ask(17, 3, 10, 1).count == 7)
            isIgnored = master.ask(17, 3, 10, 1, limit: 150_000_000).isEmpty
            tries += 1
        }
        #expect(isIgnored)
        #expect(try station.events(1) == ["ignored"])
        let summary = station.simulation.meters[0].summary()
        #expect(summary.contains(#""requests":\#(2 * tries),"answered":\#(2 * tries - 1),"#))
        #expect(summary.contains(#""ignored":1,"#))
    }

    @Test func aTolerantLine_answersAtOnce() throws {
        let station = try RunningStation(oneDevice(lineOptions: ", strict: false", points: temperature))
        let master = try station.master()
        for _ in 0..<3 { #expect(master.ask(17, 3, 10, 1).count == 7) }
    }

    @Test func withFast_thereIsNoPaceAndNoSilenceRule() throws {
        let station = try RunningStation(oneDevice(points: temperature), fast: true)
        let master = try station.master()
        let start = RawMaster.now()
        for _ in 0..<100 { #expect(RawMaster.words(master.ask(17, 3, 10, 1)) == [215]) }
        #expect(RawMaster.now() - start < 1_000_000_000, "100 answers would take 1.9 s at pace")
    }

    @Test func whatArrives_isWhatTheTruthSays() throws {
        let points = """
            {point: "a", address: 0, encode: "f32le", signal: "w"},
            {point: "b", address: 2, encode: "f32", scale: "0.1", signal: "w"},
            {point: "c", address: 4, encode: "s32", scale: "0.01", signal: "w"},
            {point: "d", address: 6, encode: "u16", map: {raw: [4000, 20000], to: [-50, 150]}, signal: "w"},
            {point: "e", address: 7, encode: "f64le", signal: "w"},
            {point: "f", address: 11, encode: "s16", scale: "0.1", offset: "-273.15", signal: "w"}
            """
        let signals =
            #"signals: [{id: "w", walk: {low: -40, high: 120, step: 7.31, every: "100ms"}}, {id: "c", constant: 1}],"#
        let station = try RunningStation(
            oneDevice(points: points).replacing(#"signals: [{id: "c", constant: 21.5}],"#, with: signals), fast: true)
        let master = try station.master()
        var expected: [(String, Decimal)] = []
        for _ in 0..<50 {
            station.simulation.tick()
            let w = RawMaster.words(master.ask(17, 3, 0, 12)).map { UInt64($0) }
            try #require(w.count == 12)
            expected.append(("a", try decimal("\(Float(bitPattern: UInt32(w[1] << 16 | w[0])))")))
            expected.append(("b", try decimal("\(Float(bitPattern: UInt32(w[2] << 16 | w[3])))") / 10))
            expected.append(("c", Decimal(Int32(truncatingIfNeeded: w[4] << 16 | w[5])) / 100))
            expected.append(("d", Decimal(w[6]) * 200 / 16000 - 100))
            expected.append(("e", try decimal("\(Double(bitPattern: w[10] << 48 | w[9] << 32 | w[8] << 16 | w[7]))")))
            expected.append(("f", Decimal(Int16(truncatingIfNeeded: w[11])) / 10 - Decimal(27315) / 100))
        }
        let served = try station.values(300)
        #expect(served.map(\.point) == expected.map(\.0))
        for (entry, (point, value)) in zip(served, expected) { #expect(entry.value == value, "\(point)") }
        #expect(Set(served.map(\.value)).count > 200, "the values move")
    }

    private func decimal(_ text: String) throws -> Decimal { try #require(Decimal(string: text)) }

    @Test func theTruthsTime_isTheEndOfTheAnswer() throws {
        let station = try RunningStation(oneDevice(points: temperature))
        let master = try station.master()
        var closest = Double.infinity
        for round in 1...8 where closest > 1 {
            RawMaster.pause()
            _ = master.ask(17, 3, 10, 1)
            let received = Date().timeIntervalSince1970 * 1000
            let entry = try #require(try station.values(round).last)
            #expect(entry.time <= received)
            closest = min(closest, received - entry.time)
        }
        #expect(closest < 1, "\(closest) ms apart at best")
    }

    @Test func afterAMasterIsGone_theNextOneFindsTheLineAsItWas() throws {
        let station = try RunningStation(oneDevice(points: temperature))
        for _ in 0..<3 {
            let master = try station.master()
            #expect(master.ask(17, 3, 10, 1).count == 7)
            RawMaster.pause()
        }
    }

    @Test func anUnknownUnit_aBadCRC_andABroadcastGetNoAnswer() throws {
        let station = try RunningStation(oneDevice(points: temperature))
        let master = try station.master()
        for request in [RawMaster.request(18, 3, 10, 1), RawMaster.request(0, 3, 10, 1), [17, 3, 0, 10, 0, 1, 0, 0]] {
            RawMaster.pause()
            master.send(request)
            #expect(master.receive(1, limit: 60_000_000) == [])
        }
        #expect(try station.events(3) == ["nobody", "nobody", "malformed"])
    }

    @Test func theSummary_measuresTheMastersGap() throws {
        let station = try RunningStation(oneDevice(points: temperature))
        let master = try station.master()
        var least = Double.infinity
        for _ in 0..<20 where least > 3 {
            for _ in 0..<3 {
                #expect(master.ask(17, 3, 10, 1).count == 7)
                // 3.65 ms of silence and 2 ms more, which the summary must say, and the time to wake up.
                let end = RawMaster.now() + 5_650_000
                while RawMaster.now() < end {}
            }
            let summary = Data(station.simulation.meters[0].summary().utf8)
            let parsed = try #require(try JSONSerialization.jsonObject(with: summary) as? [String: Any])
            least = try #require((parsed["gap_ms"] as? [String: Any])?["min"] as? Double)
        }
        #expect((2.0...3).contains(least), "\(least) ms")
    }
}
