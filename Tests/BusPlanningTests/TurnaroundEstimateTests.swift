import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct TurnaroundEstimateTests {
    @Test func quantilesAreRightToAnEighthAndNeverTooLow() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("quantiles, seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var histogram = LatencyHistogram()
            var times: [Nanoseconds] = []
            let top = Int64.random(in: 100_000...2_000_000_000, using: &random)
            for _ in 0..<Int.random(in: 1...4_000, using: &random) {
                let time = Int64.random(in: 20_000...top, using: &random)
                times.append(time)
                histogram.record(time)
            }
            times.sort()
            for share in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
                let exact = times[max(0, Int((share * Double(times.count)).rounded(.up)) - 1)]
                let told = histogram.quantile(share) ?? 0
                #expect(told >= exact && Double(told) <= 1.126 * Double(exact), "seed \(seed)")
            }
        }
    }

    @Test func timesOutsideTheRangeAreCountedAtItsEnds() {
        var histogram = LatencyHistogram()
        histogram.record(0)
        histogram.record(-5)
        histogram.record(.seconds(100_000))
        #expect(histogram.count == 3)
        #expect((histogram.quantile(0.5) ?? -1) <= 10_000)
        #expect((histogram.quantile(1) ?? 0) >= .seconds(100))
    }

    @Test func theHistogramForgets() {
        var histogram = LatencyHistogram()
        for _ in 0..<5_000 { histogram.record(.milliseconds(100)) }
        for _ in 0..<30_000 { histogram.record(.milliseconds(10)) }
        #expect(histogram.count <= 4_096)
        #expect((histogram.quantile(0.98) ?? 0) < .milliseconds(12))
    }

    @Test func theTemplatesGuessIsGoneWithTheFirstAnswer() {
        var estimate = TurnaroundEstimate(typical: .milliseconds(200))
        #expect(estimate.mean == .milliseconds(200) && !estimate.hasAnswered)
        estimate.record(.milliseconds(30))
        #expect(estimate.mean == .milliseconds(30))
        #expect(estimate.movedEnough)
        estimate.adopt()
        #expect(!estimate.movedEnough && estimate.planned == .milliseconds(30))
    }

    @Test func replanningTakesTenPercentAndHalfAMillisecond() {
        var estimate = TurnaroundEstimate(typical: 0)
        for _ in 0..<200 { estimate.record(.milliseconds(2)) }
        estimate.adopt()
        for _ in 0..<200 { estimate.record(.microseconds(2_450)) }
        #expect(!estimate.movedEnough)
        for _ in 0..<200 { estimate.record(.microseconds(2_600)) }
        #expect(estimate.movedEnough)
        for _ in 0..<200 { estimate.record(.milliseconds(100)) }
        estimate.adopt()
        for _ in 0..<200 { estimate.record(.milliseconds(109)) }
        #expect(!estimate.movedEnough)
        for _ in 0..<200 { estimate.record(.milliseconds(112)) }
        #expect(estimate.movedEnough)
    }

    @Test func aProbeWaitsLongEnoughForTheSlowestUsualAnswer() {
        var estimate = TurnaroundEstimate(typical: .milliseconds(20))
        #expect(estimate.probeTimeout(responseTimeout: .milliseconds(300)) == .milliseconds(300))
        for _ in 0..<2_000 { estimate.record(.milliseconds(10)) }
        #expect(estimate.probeTimeout(responseTimeout: .milliseconds(300)) == .milliseconds(50))
        for _ in 0..<100 { estimate.record(.milliseconds(150)) }
        let wait = estimate.probeTimeout(responseTimeout: .milliseconds(300))
        #expect(wait >= .milliseconds(170) && wait < .milliseconds(190))
        for _ in 0..<100 { estimate.record(.milliseconds(290)) }
        #expect(estimate.probeTimeout(responseTimeout: .milliseconds(300)) == .milliseconds(300))
    }
}
