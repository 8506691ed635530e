import SerialLine
import Testing

@testable import stationsim

@Suite struct WireTests {
    private let settings = SerialSettings(baud: 9600)

    @Test func twoDriversThatAgree_areHeard() {
        var bench = WireBench()
        bench.send([0x11, 0x22, 0x33], settings, by: .device("a"))
        bench.send([0x11, 0x22, 0x33], settings, by: .device("b"))
        #expect(told(bench.receive(settings)) == "11 22 33")
    }

    @Test func whereTwoDriversAgree_theLevelIsTheirs_andElsewhereEitherMayWin() {
        var outcomes: Set<UInt8> = []
        for seed in 0..<64 as Range<UInt64> {
            var bench = WireBench(seed: seed)
            bench.send([0x0F], settings, by: .device("a"))
            bench.send([0x3C], settings, by: .device("b"))
            let heard = bench.receive(settings)
            #expect(heard.count == 1 && heard[0].isGood)
            let byte = heard.first?.byte ?? 0
            #expect(byte & 0xC0 == 0 && byte & 0x0C == 0x0C, "both say so")
            outcomes.insert(byte)
        }
        #expect(outcomes.count > 8, "four bits are contended")
    }

    @Test func aSecondSender_ruinsAFrameFromItsStartOn() {
        for seed in 0..<20 as Range<UInt64> {
            var bench = WireBench(seed: seed)
            let frame = [UInt8](1...20)
            bench.send(frame, settings, by: .device("a"))
            bench.send([UInt8](repeating: 0xA5, count: 10), settings, after: 7_300_000, by: .device("b"))
            let heard = bench.receive(settings)
            #expect(heard.prefix(7).map(\.byte) == [1, 2, 3, 4, 5, 6, 7], "seed \(seed)")
            #expect(heard.map(\.byte) != frame, "seed \(seed)")
        }
    }

    @Test func aLineWithoutBias_addsCharactersAfterAFrame_andNoneToIt() {
        var strays = 0
        for seed in 0..<200 as Range<UInt64> {
            var bench = WireBench(WireCondition(isBiased: false), seed: seed)
            let end = bench.send([1, 2, 3, 4], settings)
            let heard = bench.receive(settings)
            #expect(heard.filter { $0.end <= end }.map(\.byte) == [1, 2, 3, 4], "seed \(seed)")
            let later = heard.filter { $0.end > end }
            #expect(later.allSatisfy { $0.start < end + 3_000_000 })
            strays += later.isEmpty ? 0 : 1
        }
        #expect((5...40).contains(strays), "\(strays) of 200")
    }

    /// Frames of 200 spoiled by reflections.
    private func spoiled(_ baud: Int, length: Int, characters: Int, isTerminated: Bool = false) -> Int {
        (0..<200 as Range<UInt64>).count { seed in
            let condition = WireCondition(isTerminated: isTerminated, length: length)
            var bench = WireBench(condition, seed: seed)
            let frame = (0..<characters).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            bench.send(frame, SerialSettings(baud: baud))
            return bench.receive(SerialSettings(baud: baud)).map(\.byte) != frame
        }
    }

    @Test func reflections_growWithTheRateAndTheLengthOfFrameAndCable() {
        #expect(spoiled(19_200, length: 1000, characters: 85, isTerminated: true) == 0)
        #expect(spoiled(2_400, length: 1000, characters: 85) == 0)
        #expect(spoiled(19_200, length: 100, characters: 85) == 0, "a short cable needs no termination")
        let short = spoiled(19_200, length: 1000, characters: 8)
        let long = spoiled(19_200, length: 1000, characters: 85)
        #expect(short < 20 && long > 2 * short && long > 10, "\(short) and \(long) of 200")
        #expect(spoiled(38_400, length: 1000, characters: 40) > 190, "hopeless")
        #expect(spoiled(9_600, length: 1000, characters: 85) < long)
    }

    @Test func interference_spoilsAFrameOnlyWhileTheMachineRuns() {
        let interference = WireCondition.Interference(every: 20_000_000, length: 3_000_000, signal: nil)
        let frame = [UInt8](repeating: 0x5A, count: 60)
        for isRunning in [false, true] {
            var bench = WireBench(WireCondition(interference: interference))
            bench.wire.isInterfered = isRunning
            bench.send(frame, settings)
            #expect((bench.receive(settings).map(\.byte) == frame) != isRunning)
        }
    }

    @Test func theWire_forgetsWhatIsLongOver_butNotWhatMetSomethingThatStillLasts() {
        var wire = Wire(WireCondition(), seed: 1)
        _ = wire.add([1], at: 0, settings, isInverted: false, by: .noise)
        let slow = wire.add(
            [UInt8](repeating: 0, count: 250), at: 500_000, SerialSettings(baud: 300), isInverted: false, by: .port)
        wire.forget(before: 3_000_000_000)
        #expect(wire.isMixed(slow))
        wire.forget(before: 20_000_000_000)
        #expect(wire.emissions.isEmpty)
        for _ in 0..<500 { _ = wire.add([1], at: 0, settings, isInverted: false, by: .noise) }
        wire.forget(before: 0)
        #expect(wire.emissions.count == Wire.capacity)
    }
}
