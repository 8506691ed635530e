import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct StatisticsTests {
    private func statistics(_ samples: [Sample], unsigned64: Bool = false) -> Statistics {
        var result = Statistics()
        for sample in samples { result.add(sample, unsigned64: unsigned64) }
        return result
    }

    private func text(_ statistics: Statistics) -> [String] {
        guard let raw = statistics.raw else { return [] }
        return [raw.low, raw.mean, raw.high].map(\.description)
    }

    @Test func isSmall() { #expect(MemoryLayout<Statistics>.stride == 32) }

    @Test func integersAndShortDecimalsAreExact() {
        #expect(text(statistics([.integer(713), .integer(714), .integer(714)])) == ["713", "713.67", "714"])
        #expect(text(statistics([.integer(-1), .integer(-2)])) == ["-2", "-1.5", "-1"])
        // Halves of a hundredth away from zero: -0.005 is -0.01.
        let halves = [Sample.integer(-1)] + (0..<199).map { _ in .integer(0) }
        #expect(text(statistics(halves))[1] == "-0.01")
        // 0.1 has no exact float, but is an exact decimal; a later value may need more places.
        #expect(text(statistics([.float32(0.1), .float32(0.2), .float32(71.25)])) == ["0.1", "23.85", "71.25"])
        #expect(text(statistics([.float64(0.1), .float64(0.2)])) == ["0.1", "0.15", "0.2"])
    }

    @Test func whatIsNoShortDecimalKeepsItsEndsExactly() {
        let third = Float(1) / 3
        let found = statistics([.float32(0.5), .float32(third), .float32(third)])
        #expect(found.form == .float32)
        #expect(text(found)[0] == DecimalNumber(shortest: third)?.description)
        #expect(text(found)[2] == "0.5")
        // Of equal floats the mean is the float, to the last bit.
        let same = statistics(Array(repeating: .float32(third), count: 7))
        #expect(text(same).allSatisfy { $0 == DecimalNumber(shortest: third)?.description })
    }

    @Test func largeNumbersNeverTrap() {
        #expect(statistics([.integer(.max), .integer(1)]).form == .float64)
        let extremes = statistics([.integer(.max), .integer(.min), .integer(.max)])
        #expect(extremes.stored == nil)
        #expect(extremes.becomingFloat().stored != nil)
        #expect(extremes.count == 3)
        let unsigned = statistics([.integer(-1), .integer(1)], unsigned64: true)
        #expect(text(unsigned)[2] == "18446744073709552000")
        let wide = statistics([.float64(.greatestFiniteMagnitude), .float64(-.greatestFiniteMagnitude)])
        #expect(wide.raw != nil)
        #expect(statistics([.float64(.infinity), .float32(.nan), .text("a")]).isEmpty)
    }

    /// Goal: taking a minute at a time and adding the minutes up is the same as taking all at once.
    @Test(arguments: UInt64(0)..<60)
    func partsAddUpToTheWhole(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let kind = Int.random(in: 0..<4, using: &random)
        let samples = (0..<Int.random(in: 2...90, using: &random)).map { _ -> Sample in
            switch kind {
            case 0: .integer(Int64.random(in: -100_000...100_000, using: &random))
            case 1: .float32(Float(Int.random(in: -9_999...9_999, using: &random)) / 100)
            case 2: .float64(Double(Int.random(in: -9_999...9_999, using: &random)) / 1_000)
            default: .float32(Float.random(in: -100...100, using: &random))
            }
        }
        let whole = statistics(samples)
        var sum = Statistics()
        var start = 0
        while start < samples.count {
            let end = min(samples.count, start + Int.random(in: 1...10, using: &random))
            sum.add(statistics(Array(samples[start..<end])))
            start = end
        }
        #expect(sum.count == UInt32(samples.count), "seed \(seed)")
        let (a, b) = (try #require(whole.raw), try #require(sum.raw))
        #expect(a.low == b.low && a.high == b.high, "seed \(seed)")
        if kind < 3 {
            #expect(a.mean == b.mean, "seed \(seed)")
            // Against plain arithmetic on exact decimals.
            let exact = samples.compactMap { $0.decimal() }.reduce(DecimalNumber.zero) { $0.adding($1) ?? .zero }
            let error = abs(exact.double / Double(samples.count) - a.mean.double)
            #expect(error <= 0.005, "seed \(seed)")
        } else {
            #expect(abs(a.mean.double - b.mean.double) < 1e-4, "seed \(seed)")
        }
    }

    @Test func spansBeginOnMultiplesOfTheWidthOnTheWallClock() {
        #expect(AggregateBlock.span(of: 59_999, width: 60_000, offset: 0) == 0)
        #expect(AggregateBlock.span(of: 59_999, width: 60_000, offset: 1) == 1)
        #expect(AggregateBlock.span(of: 0, width: 60_000, offset: -1) == -1)
        let anchor = WallAnchor(
            bootTime: BootTime(nanoseconds: 1_999_999), realTime: 1_795_231_200_000_000_000, error: 0)
        #expect(anchor.offsetMilliseconds == 1_795_231_199_998)
    }
}
