import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite struct FrameRingTests {
    @Test(arguments: 0..<20) func theRingHoldsTheNewestFramesWhateverTheirLengths(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var ring = FrameRing(capacity: 2_048)
        var all: [RecordedFrame] = []
        for index in 0..<400 {
            let kind = RecordedFrame.Kind(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .sent
            let bytes = (0..<Int.random(in: 1...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let time = BootTime(nanoseconds: Int64(index) * 1_000_000 + 3_000)
            ring.append(kind, time: time, bytes)
            all.append(RecordedFrame(kind: kind, time: time, bytes: bytes))
            let held = ring.frames()
            #expect(held == Array(all.suffix(held.count)), "seed \(seed), frame \(index)")
            let size = held.reduce(0) { $0 + 10 + $1.bytes.count }
            #expect(size <= 2_048 && ring.count == held.count)
            #expect(held.count == all.count || size + 10 + 300 + 310 > 2_048, "nothing goes before its room is needed")
        }
        #expect(ring.taken == 400)
    }

    @Test func aLongFrameIsCutAndAnEmptyOneIsNone() {
        var ring = FrameRing(capacity: 10)
        ring.append(.received, time: BootTime(nanoseconds: 0), [])
        #expect(ring.frames().isEmpty)
        ring.append(.received, time: BootTime(nanoseconds: 0), [UInt8](repeating: 7, count: 600))
        #expect(ring.frames().map(\.bytes.count) == [512])
    }

    @Test func theFirstFaultIsKeptAndLaterOnesReplaceTheNewest() {
        let recorder = FlightRecorder()
        for number in 1...5 {
            recorder.record(.sent, at: BootTime(nanoseconds: Int64(number) * 1_000), [UInt8(number)])
            recorder.freeze("fault \(number)", at: BootTime(nanoseconds: Int64(number) * 1_000))
        }
        #expect(recorder.frozen(.first)?.frames.map(\.bytes) == [[1]])
        #expect(recorder.frozen(.newest)?.fault.reason == "fault 5")
        #expect(recorder.frozen(.newest)?.frames.count == 5)
        #expect(recorder.summary.faults == 5)
        recorder.release()
        #expect(recorder.frozen(.first) == nil)
        #expect(recorder.frozen(.live)?.frames.count == 5)
    }

    @Test func aFaultKeepsTheLastEightKibibytes() {
        let recorder = FlightRecorder()
        for number in 0..<300 {
            recorder.record(.sent, at: BootTime(nanoseconds: Int64(number) * 1_000), [UInt8](repeating: 1, count: 90))
        }
        recorder.freeze("fault", at: BootTime(nanoseconds: 0))
        let kept = recorder.frozen(.first)?.frames ?? []
        #expect(kept.count == 81, "8 KiB of records of 100 bytes")
        #expect(kept.last?.time == BootTime(nanoseconds: 299_000))
    }

    @Test func aBurstIsToldOnceUntilTheLineIsWellAgain() {
        var burst = ErrorBurst()
        let told = (0..<60).map { burst.record(isSpoiled: $0 % 3 == 0) }
        #expect(told.filter { $0 }.count == 1)
        #expect(told[12], "at the fifth of twenty")
        let quiet = (0..<20).map { _ in burst.record(isSpoiled: false) }
        #expect(!quiet.contains(true))
        let again = (0..<5).map { _ in burst.record(isSpoiled: true) }
        #expect(again == [false, false, false, false, true])
    }
}
