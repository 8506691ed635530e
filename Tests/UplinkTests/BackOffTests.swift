import GatewayModel
import Testing

@testable import Uplink

@Suite struct BackOffTests {
    @Test func waitsDoubleUpToTheLimitAndAreShortenedByAtMostHalf() {
        var backOff = BackOff(first: .seconds(1), seed: 3)
        for step: Int64 in [1, 2, 4, 8, 16, 32, 60, 60] {
            let wait = backOff.next(limit: .seconds(60))
            #expect(wait <= .seconds(step))
            #expect(wait >= .milliseconds(step * 500))
        }
    }

    @Test func aResetBeginsAnew() {
        var backOff = BackOff(first: .seconds(1), seed: 3)
        for _ in 0..<6 { _ = backOff.next(limit: .seconds(60)) }
        backOff.reset()
        let wait = backOff.next(limit: .seconds(60))
        #expect(wait <= .seconds(1))
    }

    @Test func gatewaysWithOtherSeedsComeBackAtOtherTimes() {
        let waits = (UInt64(0)..<100).map { seed in
            var backOff = BackOff(first: .seconds(60), seed: seed)
            return backOff.next(limit: .seconds(60))
        }
        #expect(Set(waits).count > 90)
    }
}

@Suite struct RefusalPauseTests {
    private let listeners = Refusal(reason: 0x10, topic: "t")
    private let payload = Refusal(reason: 0x99, topic: "t")
    private let key = BatchKey(epoch: .random(), sequence: 1)
    private func at(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: .seconds(seconds)) }

    @Test func refusalsOfOneWindowMakeOnePause() throws {
        var pause = RefusalPause(timing: ReceiverTiming(), seed: 1)
        let refusal = try #require(listeners)
        for _ in 0..<16 { _ = pause.refused(refusal, batch: key, now: at(0)) }
        #expect(pause.isPausing)
        let until = try #require(pause.until)
        #expect(until <= at(1))
        let ended = pause.ended(now: until)
        #expect(ended)
        #expect(pause.isProbing)
    }

    @Test func repeatedRefusalsWaitUpToFiveMinutes() throws {
        var pause = RefusalPause(timing: ReceiverTiming(), seed: 1)
        let refusal = try #require(listeners)
        var now = at(0)
        for _ in 0..<12 {
            _ = pause.refused(refusal, batch: key, now: now)
            now = try #require(pause.until)
            let ended = pause.ended(now: now)
            #expect(ended)
        }
        _ = pause.refused(refusal, batch: key, now: now)
        let last = try #require(pause.until) - now
        #expect(last > .seconds(149))
        #expect(last <= .seconds(300))
    }

    @Test func aBatchThatIsRefusedByItselfIsPutAsideAfterThreeTries() throws {
        var pause = RefusalPause(timing: ReceiverTiming(), seed: 1)
        let refusal = try #require(payload)
        let verdicts = (0..<3).map { pause.refused(refusal, batch: key, now: at(Int64($0))) }
        #expect(verdicts == [false, false, true])
    }

    @Test func onlyReasonZeroIsAnAcknowledgement() {
        #expect(Refusal(reason: 0, topic: "t") == nil)
        for reason in 1...255 { #expect(Refusal(reason: reason, topic: "t") != nil) }
    }
}
