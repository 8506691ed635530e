import GatewayModel
import Testing

@testable import Telemetry

@Suite struct BadSpanTests {
    let points = [point(0), point(1)]

    @Test func oneNullReadingAtTheChangeThenSilenceThenAGap() {
        var conditioner = Conditioner(points: points)
        #expect(conditioner.condition(good(0, 0, 1)).reading != nil)
        let change = conditioner.condition(bad(0, 10_000, .noReply))
        #expect(change.reading == bad(0, 10_000, .noReply) && change.gap == nil)
        for i in 2..<6 { #expect(conditioner.condition(bad(0, Int64(i) * 10_000, .noReply)).reading == nil) }
        let back = conditioner.condition(good(0, 60_000, 1))
        #expect(back.reading == good(0, 60_000, 1))
        #expect(back.gap == Gap(scope: .point(0), from: .boot(at(10_000)), to: .boot(at(60_000)), reason: .device))
    }

    @Test func anotherBadQualityIsToldButTheGapGoesOn() {
        var conditioner = Conditioner(points: points)
        _ = conditioner.condition(bad(0, 0, .portLost))
        let other = conditioner.condition(bad(0, 1_000, .noReply))
        #expect(other.reading == bad(0, 1_000, .noReply) && other.gap == nil)
        let back = conditioner.condition(good(0, 2_000, 1))
        #expect(back.gap == Gap(scope: .point(0), from: .boot(at(0)), to: .boot(at(2_000)), reason: .port))
    }

    @Test func openGapIsReportedEveryHour() {
        var conditioner = Conditioner(points: points)
        _ = conditioner.condition(bad(0, 0, .noReply))
        _ = conditioner.condition(bad(1, 600_000, .stale))
        let first = Gap(scope: .point(0), from: .boot(at(0)), to: nil, reason: .device)
        let second = Gap(scope: .point(1), from: .boot(at(600_000)), to: nil, reason: .overload)
        #expect(conditioner.tick(now: at(3_599_999)) == [])
        #expect(conditioner.tick(now: at(3_600_000)) == [first])
        #expect(conditioner.tick(now: at(3_600_001)) == [])
        #expect(conditioner.tick(now: at(4_200_000)) == [second])
        #expect(conditioner.tick(now: at(7_200_000)) == [first])
        _ = conditioner.condition(good(0, 7_300_000, 1))
        #expect(conditioner.tick(now: at(7_800_000)) == [second])
        #expect(conditioner.openGaps() == [second])
        _ = conditioner.condition(good(1, 7_900_000, 1))
        #expect(conditioner.tick(now: at(99_000_000)) == [])
        #expect(conditioner.openGaps() == [])
    }

    @Test func afterALossEverythingIsSaidOnceMore() {
        var conditioner = Conditioner(points: [point(0, deadBand: "5"), point(1)])
        for i in Int64(0)..<2 {
            _ = conditioner.condition(good(0, i, 1))
            _ = conditioner.condition(bad(1, i, .noReply))
        }
        conditioner.forgetSent()
        let sent = (Int64(2)..<4).map { i in
            (
                conditioner.condition(good(0, i, 1)).reading != nil,
                conditioner.condition(bad(1, i, .noReply)).reading != nil
            )
        }
        #expect(sent.map(\.0) == [true, false] && sent.map(\.1) == [true, false])
        #expect(conditioner.openGaps() == [Gap(scope: .point(1), from: .boot(at(0)), to: nil, reason: .device)])
    }

    @Test func everyQualityWithoutAValueHasAReason() {
        for quality in Quality.allCases { #expect((GapReason(quality) == nil) == quality.carriesValue) }
        #expect(GapReason(.sensorBroken) == .device)
        #expect(GapReason(.portLost) == .port)
        #expect(GapReason(.stale) == .overload)
    }

    @Test func valueOutOfRangeOpensAGapToo() {
        var conditioner = Conditioner(points: [point(0, validValue: .zero...decimal("10"))])
        #expect(conditioner.condition(good(0, 0, 11)).reading == bad(0, 0, .outOfRange))
        #expect(conditioner.openGaps().count == 1)
    }

    @Test func pointThatIsNotConfiguredGivesNothing() {
        var conditioner = Conditioner(points: points)
        #expect(conditioner.condition(good(2, 0, 1)).reading == nil)
        #expect(conditioner.condition(good(-1, 0, Int64(1))).reading == nil)
    }
}
