import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct ExactScalingTests {
    func map(_ rawLow: String, _ rawHigh: String, _ low: String, _ high: String) -> ExactScaling {
        ExactScaling(
            .map(rawLow: decimal(rawLow), rawHigh: decimal(rawHigh), low: decimal(low), high: decimal(high)))
    }

    @Test(arguments: [
        (Int64(713), "0.1", "0", "71.3"), (-5, "0.1", "-40", "-40.5"), (3, "0.1", "0", "0.3"),
        (65_535, "0.001", "0.0005", "65.5355"), (7, "1e3", "0", "7000"),
        (9_223_372_036_854_775_807, "0.01", "0", "92233720368547758.07"),
    ])
    func lineIsExact(raw: Int64, scale: String, offset: String, value: String) {
        let scaling = ExactScaling(.linear(scale: decimal(scale), offset: decimal(offset)))
        #expect(scaling.value(of: DecimalNumber(raw))?.description == value)
    }

    @Test func mapWithAFiniteSlopeIsExact() {
        // 4-20 mA in microamperes to 0-1.6 MPa.
        let pressure = map("4000", "20000", "0", "1.6")
        #expect(pressure.value(of: DecimalNumber(12_345))?.description == "0.8345")
        #expect(pressure.value(of: DecimalNumber(4_000)) == .zero)
        #expect(pressure.value(of: DecimalNumber(20_000)) == decimal("1.6"))
        let falling = map("0", "4", "10", "-10")
        #expect(falling.value(of: DecimalNumber(1)) == decimal("5"))
    }

    @Test func mapWithAnEndlessSlopeGivesTheNearestDouble() {
        let third = map("0", "3", "0", "1")
        #expect(third.value(of: DecimalNumber(1))?.description == "0.3333333333333333")
        #expect(third.value(of: DecimalNumber(2))?.description == "0.6666666666666666")
        // At the ends the line is exact again.
        #expect(third.value(of: DecimalNumber(3)) == .one)
        #expect(map("0", "27648", "0", "100").value(of: DecimalNumber(27_648)) == DecimalNumber(100))
    }

    @Test func mapThatIsNoLineHasNoValue() {
        #expect(map("5", "5", "0", "1").value(of: DecimalNumber(5)) == nil)
    }

    @Test func valuesBeyondExactArithmeticAreStillNumbers() throws {
        let scaling = ExactScaling(
            .linear(scale: decimal("1.00000000000000000000000000001"), offset: decimal("1e-60")))
        let value = try #require(scaling.value(of: decimal("123456789.123456789")))
        #expect(value.double == 123_456_789.123456789)
        let huge = ExactScaling(.linear(scale: decimal("1e60"), offset: decimal("0.1")))
        #expect(huge.value(of: decimal("1e60").multiplied(by: decimal("1e60")) ?? .zero)?.double == 1e120 * 1e60)
        var infinite = try #require(DecimalNumber(shortest: 1.7e308))
        infinite = try #require(infinite.multiplied(by: decimal("1e3")))
        #expect(huge.value(of: infinite) == nil)
    }

    @Test(arguments: UInt64(0)..<20)
    func sameMapByFractionsAndByLine(seed: UInt64) {
        // A finite slope computed as a quotient must give the same value.
        var random = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let run = Int64.random(in: 1...50_000, using: &random)
            let low = Int64.random(in: -1_000...1_000, using: &random)
            let high = low + Int64.random(in: -1_000...1_000, using: &random)
            let raw = Int64.random(in: -100...60_000, using: &random)
            let value = map("10", "\(10 + run)", "\(low)", "\(high)").value(of: DecimalNumber(raw))
            let exact = Double(low * run + (raw - 10) * (high - low)) / Double(run)
            #expect(value?.double == exact, "seed \(seed)")
        }
    }
}
