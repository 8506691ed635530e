import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct ForbiddenGapsTests {
    @Test func agreesWithASetOfAddresses() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("gaps, seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var gaps = ForbiddenGaps()
            var expected: Set<Int> = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let begin = Int.random(in: 0..<40, using: &random)
                let range = begin..<begin + Int.random(in: 0...8, using: &random)
                if random.chance(0.7) {
                    gaps.insert(range, in: .input)
                    expected.formUnion(range)
                } else {
                    gaps.remove(range, in: .input)
                    expected.subtract(range)
                }
            }
            #expect(Set(gaps[.input].flatMap { $0 }) == expected, "seed \(seed)")
            #expect(zip(gaps[.input], gaps[.input].dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
            #expect(gaps.isEmpty == expected.isEmpty)
            #expect(gaps[.holding].isEmpty)
        }
    }
}
