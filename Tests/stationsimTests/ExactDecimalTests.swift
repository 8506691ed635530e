import Testing

@testable import stationsim

@Suite struct ExactDecimalTests {
    @Test(arguments: [
        ("713", "0.1", "71.3"), ("-5", "0.01", "-0.05"), ("0", "0.001", "0"), ("12", "1000", "12000"),
        ("65535", "1e-05", "0.65535"), ("18446744073709551615", "0.001", "18446744073709551.615"),
    ])
    func rawTimesScale_isADecimalShift(raw: String, scale: String, expected: String) throws {
        let factor = try #require(ExactDecimal(scale))
        let product = try #require(ExactDecimal(raw)?.times(factor))
        #expect(product.description == expected)
    }

    @Test func currentLoops_haveExactSlopes() throws {
        let line = StraightLine(
            scale: try #require(ExactDecimal("1.6")?.divided(by: ExactDecimal(16000))),
            offset: try #require(ExactDecimal("-0.4")))
        #expect(line.value(of: ExactDecimal(12_345))?.description == "0.8345")
    }

    @Test func aThird_isNoDecimal() {
        #expect(ExactDecimal(1).divided(by: ExactDecimal(3)) == nil)
        #expect(ExactDecimal(1).divided(by: ExactDecimal(0)) == nil)
    }

    @Test(arguments: [(Float(71.3), "71.3"), (0.1, "0.1"), (1e-5, "0.00001"), (16_777_216, "16777216"), (-2.5, "-2.5")])
    func floats_areTheirShortestText(value: Float, expected: String) {
        #expect(ExactDecimal(shortest: value)?.description == expected)
    }

    @Test func hugeNumbers_areStillJSON() {
        #expect(ExactDecimal("3.4028235e38")?.description == "3.4028235e38")
        #expect(ExactDecimal(shortest: Float.nan) == nil)
    }

    @Test(arguments: ["", "-", "1.2.3", "abc", "1e", "0x10", "1.-5", "1_000"])
    func whatIsNoNumber_isRefused(text: String) { #expect(ExactDecimal(text) == nil) }
}
