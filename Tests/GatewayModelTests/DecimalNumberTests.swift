import Testing

@testable import GatewayModel

private func decimal(_ text: String) -> DecimalNumber { DecimalNumber(text) ?? DecimalNumber(-987_654_321) }

@Suite struct DecimalNumberTests {
    @Test(arguments: [
        ("-12", "-12"), ("0.001", "0.001"), (".5", "0.5"), ("5.", "5"), ("1e-3", "0.001"), ("+4.20E2", "420"),
        ("000.10", "0.1"), ("-0", "0"), ("0e5", "0"), ("123456789012345678901", "123456789012345678901"),
        ("1234567890123456789012", "1.234567890123456789012e21"), ("1e-7", "0.0000001"), ("1e-8", "1e-8"),
        ("0.000001", "0.000001"),
        ("1.5e30", "1.5e30"), ("-2.5e-10", "-2.5e-10"), ("1e20", "100000000000000000000"), ("1e21", "1e21"),
        ("123456789012345678901234567890", "1.2345678901234567890123456789e29"),
    ])
    func textIsReadAndWrittenInOneForm(input: String, output: String) {
        #expect(decimal(input).description == output)
        #expect(decimal(output) == decimal(input))
    }

    @Test(arguments: [
        "", "-", ".", "e5", "1e", "1e+", "1.2.3", "0x10", "inf", "nan", " 1", "1 ", "1e61", "1e-61", "--1", "1_000",
        "1234567890123456789012345678901", "0." + String(repeating: "0", count: 60) + "1", "１",
    ])
    func whatIsNoPlainNumberIsRefused(text: String) {
        #expect(DecimalNumber(text) == nil)
    }

    @Test func productsAndSumsAreExact() {
        #expect(decimal("713").multiplied(by: decimal("0.1")) == decimal("71.3"))
        #expect(decimal("0.1").adding(decimal("0.2")) == decimal("0.3"))
        #expect(decimal("1e30").adding(decimal("1e-7"))?.description == "1000000000000000000000000000000.0000001")
        #expect(decimal("-5").subtracting(decimal("-5")) == .zero)
    }

    @Test func whatDoesNotFitIsSaidAndNotWrapped() {
        let large = decimal("999999999999999999999999999999")
        #expect(large.multiplied(by: large) == nil)
        #expect(decimal("1e30").adding(decimal("1e-9")) == nil)
        let edge = DecimalNumber(significand: .max, exponent: 0)
        #expect(edge.adding(.one) == nil)
        #expect(edge.negated.subtracting(.one) == nil)
        #expect(edge.negated.negated == edge)
    }

    @Test func orderIsExactHoweverFarExponentsAreApart() {
        let sorted = ["-1e60", "-1e30", "-1.0000000001", "-1", "-1e-60", "0", "1e-60", "0.3", "0.30000000000000000001"]
            .map(decimal)
        for (i, a) in sorted.enumerated() {
            for (j, b) in sorted.enumerated() { #expect((a < b) == (i < j), "\(a) < \(b)") }
        }
        let tiny = DecimalNumber(significand: 1, exponent: -400)
        #expect(tiny < .one && tiny > .zero && tiny.negated < .zero && .one > tiny)
    }

    @Test(arguments: [
        ("71.34", "0.1", 713), ("71.35", "0.1", 714), ("-71.35", "0.1", -714), ("-71.34", "0.1", -713),
        ("0.04", "0.1", 0), ("1e-60", "0.1", 0), ("7", "2", 4), ("-7", "2", -4),
        ("1e18", "1", 1_000_000_000_000_000_000),
        ("0.5", "0.3", 2), ("0.45", "0.3", 2), ("0.4499999999999999999", "0.3", 1),
    ])
    func roundingToMultiplesTakesHalvesAwayFromZero(value: String, step: String, count: Int64) {
        #expect(decimal(value).rounded(toMultiplesOf: decimal(step)) == count)
    }

    @Test func multiplesThatDoNotFitAreRefused() {
        #expect(decimal("1e19").rounded(toMultiplesOf: .one) == nil)
        #expect(decimal("9223372036854775807").rounded(toMultiplesOf: .one) == .max)
        #expect(decimal("1e60").rounded(toMultiplesOf: decimal("1e-20")) == nil)
        #expect(decimal("1").rounded(toMultiplesOf: .zero) == nil)
        #expect(decimal("1").rounded(toMultiplesOf: decimal("-1")) == nil)
    }

    @Test func roundingAgreesWithWholeNumberArithmetic() {
        for i in Int64(0)..<2_000 {
            let value = i * 7_919_993 % 1_000_000 - 500_000
            let step = i % 999 + 1
            let expected = (value.magnitude * 2 + UInt64(step)) / (2 * UInt64(step))
            let got = DecimalNumber(value).rounded(toMultiplesOf: DecimalNumber(step))
            #expect(got == (value < 0 ? -Int64(expected) : Int64(expected)), "\(value) by \(step)")
        }
    }

    @Test(
        arguments: [
            (71.3, "71.3"), (0.1, "0.1"), (16_777_216, "16777216"), (36.625, "36.625"),
            (.leastNonzeroMagnitude, "1e-45"),
            (3.4028235e38, "3.4028235e38"), (-0.0, "0"), (1 / 3, "0.33333334"), (2.7e10, "27000000000"),
        ] as [(Float, String)])
    func float32HasItsShortestForm(value: Float, text: String) {
        #expect(DecimalNumber(shortest: value)?.description == text)
    }

    @Test func everyFiniteFloatReadsBackFromItsDecimal() {
        var state: UInt64 = 99
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let narrow = Float(bitPattern: UInt32(truncatingIfNeeded: state >> 32))
            if narrow.isFinite {
                let text = DecimalNumber(shortest: narrow)?.description ?? ""
                if Float(text) != narrow { Issue.record("\(narrow) reads back as \(text)") }
                // The short way must give what the standard library's shortest printing gives.
                if DecimalNumber(narrow.description, largestExponent: 400)?.description != text {
                    Issue.record("\(narrow) is not \(text)")
                }
            }
            let wide = Double(bitPattern: state)
            if wide.isFinite, DecimalNumber(shortest: wide)?.double != wide { Issue.record("\(wide)") }
            let short = Double(state >> 44) / 1000
            if DecimalNumber(shortest: short) != DecimalNumber(short.description) { Issue.record("\(short)") }
        }
        #expect(DecimalNumber(shortest: Float.nan) == nil)
        #expect(DecimalNumber(shortest: -Double.infinity) == nil)
    }

    @Test func quotientIsTheNearestDouble() {
        var state: UInt64 = 5
        for _ in 0..<5_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Both are exact as doubles, so that hardware division is the reference.
            let a = Int64(bitPattern: state) >> 12
            let b = Int64(state >> 40) + 1
            let got = DecimalNumber.nearestDouble(DecimalNumber(a), dividedBy: DecimalNumber(b))
            #expect(got == Double(a) / Double(b), "\(a) / \(b)")
        }
        #expect(DecimalNumber.nearestDouble(.one, dividedBy: .zero) == nil)
        #expect(DecimalNumber.nearestDouble(decimal("-1"), dividedBy: decimal("-0.3")) == 10.0 / 3.0)
    }
}
