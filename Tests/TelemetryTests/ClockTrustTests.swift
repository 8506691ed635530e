import GatewayModel
import Testing

@testable import Telemetry

@Suite struct ClockTrustTests {
    /// 2026-11-21T03:20:00Z.
    let now = Nanoseconds.seconds(1_795_231_200)

    @Test func synchronisedKernelGivesTheAnchorOnceWithItsError() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: nil)
        #expect(trust.observe(maximumError: 16_000_000, bootTime: at(1_000), realTime: now) == nil)
        let anchor = trust.observe(maximumError: 15_999_999, bootTime: at(2_000), realTime: now)
        #expect(anchor == WallAnchor(bootTime: at(2_000), realTime: now, error: .microseconds(15_999_999)))
        #expect(trust.observe(maximumError: 10, bootTime: at(3_000), realTime: now) == nil)
        #expect(trust.anchor?.realTime(at: at(2_000)) == now)
    }

    @Test func batteryClockIsBelievedUnlessBehindTheLastKnownTime() {
        var ahead = ClockTrust(hasBatteryClock: true, lastKnownTime: now - .seconds(60))
        let anchor = ahead.observe(maximumError: 16_000_000, bootTime: at(5), realTime: now)
        #expect(anchor == WallAnchor(bootTime: at(5), realTime: now, error: .seconds(2)))
        var behind = ClockTrust(hasBatteryClock: true, lastKnownTime: now + 1)
        #expect(behind.observe(maximumError: -1, bootTime: at(5), realTime: now) == nil)
    }

    @Test func batteryThatRanEmptyIsNotBelieved() {
        var first = ClockTrust(hasBatteryClock: true, lastKnownTime: nil)
        #expect(first.observe(maximumError: 16_000_000, bootTime: at(5), realTime: .seconds(946_684_800)) == nil)
    }

    @Test func aClockOf1970IsNotBelievedWhateverTheKernelSays() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: nil)
        #expect(trust.observe(maximumError: 500, bootTime: at(5), realTime: .seconds(90)) == nil)
        #expect(trust.anchor == nil)
    }

    @Test func withoutABatteryThePlausibleClockIsNotEnough() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: now - 1)
        #expect(trust.observe(maximumError: 16_000_000, bootTime: at(5), realTime: now) == nil)
    }

    @Test func stepOfTheClockDoesNotMoveTheLine() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: nil)
        _ = trust.observe(maximumError: 1_000, bootTime: at(0), realTime: now)
        let stepped = now + .seconds(3_600)
        #expect(trust.observe(maximumError: 1_000, bootTime: at(1_000), realTime: stepped) == nil)
        #expect(trust.anchor == WallAnchor(bootTime: at(0), realTime: now, error: .milliseconds(1)))
    }

    @Test func clockInStepKeepsTheLineAndRenewsItsError() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: nil)
        _ = trust.observe(maximumError: 1_000, bootTime: at(0), realTime: now)
        // 60 days later, 20 ms beside the line: unrenewed, the stated error would be 518 s.
        let day60 = at(60 * 86_400_000)
        #expect(trust.anchor?.isTrusted(at: day60) == false)
        let real = now + .seconds(60 * 86_400) + .milliseconds(20)
        _ = trust.observe(maximumError: 1_000, bootTime: day60, realTime: real)
        #expect(trust.anchor?.isTrusted(at: day60) == true)
        #expect(trust.anchor?.error(at: day60) == .milliseconds(21))
        #expect(trust.anchor?.realTime(at: at(0)) == now)
    }

    @Test func anchorOfAnEarlierRunOfThisBootIsKept() {
        var trust = ClockTrust(hasBatteryClock: false, lastKnownTime: nil, anchor: Fixed.anchor)
        #expect(trust.observe(maximumError: 1_000, bootTime: at(5), realTime: now) == nil)
        #expect(trust.anchor?.realTime(at: at(0)) == Fixed.anchor.realTime(at: at(0)))
    }
}
