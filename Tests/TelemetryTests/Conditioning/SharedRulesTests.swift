import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

/// Points that are alike share one copy of their rules; that must never show.
@Suite struct SharedRulesTests {
    @Test(arguments: UInt64(0)..<30)
    func aPointAmongManyIsJudgedAsIfItWereAlone(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let kinds: [(RegisterType, String?, String?, [String])] = [
            (.int16, nil, nil, []), (.int16, "0.5", nil, ["-1"]), (.uint16, nil, nil, []), (.uint64, nil, nil, ["7"]),
            (.int32, nil, "0.5", ["-1"]), (.uint32, "0.5", "0.5", []),
        ]
        let points = (0..<60).map { index in
            let (type, deadBand, resolution, noValue) = kinds[Int.random(in: 0..<kinds.count, using: &random)]
            return point(
                index, type: type, scale: random.chance(0.5) ? "0.1" : "1", noValue: noValue, deadBand: deadBand,
                resolution: resolution)
        }
        var together = Conditioner(points: points)
        var alone = points.map { point -> Conditioner in
            var point = point
            point.index = 0
            return Conditioner(points: [point])
        }
        for step in 0..<Int64(20) {
            for index in points.indices {
                let raw = Int64.random(in: -3...12, using: &random)
                var expected = alone[index].condition(good(0, step * 1_000, raw))
                expected.reading?.point = index
                expected.gap?.scope = .point(index)
                #expect(together.condition(good(index, step * 1_000, raw)) == expected, "seed \(seed), point \(index)")
            }
        }
    }
}
