extension DecimalNumber {
    /// The shortest decimal that reads back as the same float32; nil when `value` is not finite.
    package init?(shortest value: Float) {
        guard value.isFinite else { return nil }
        // Up to six digits name a float32 uniquely, so the first that reads back is the shortest.
        for places in 0...6 {
            let power = Double(Self.powers[places])
            let digits = (Double(value) * power).rounded()
            guard digits.magnitude < 1e6 else { break }
            if Float(digits / power) == value {
                self.init(significand: Int128(Int64(digits)), exponent: -places)
                return
            }
        }
        self.init(value.description, largestExponent: 400)
    }

    /// The shortest decimal that reads back as the same float64; nil when `value` is not finite.
    package init?(shortest value: Double) {
        guard value.isFinite else { return nil }
        for places in 0...6 {
            let power = Double(Self.powers[places])
            let digits = (value * power).rounded()
            guard digits.magnitude < 1e15 else { break }
            if digits / power == value {
                self.init(significand: Int128(Int64(digits)), exponent: -places)
                return
            }
        }
        self.init(value.description, largestExponent: 400)
    }

    /// The nearest double; infinite beyond 1.8e308.
    package var double: Double { Double(description) ?? (isNegative ? -.infinity : .infinity) }

    /// The double nearest to `numerator` / `denominator`; ties go to even, as IEEE 754 divides.
    ///
    /// nil when the two, written at one exponent, do not fit, or `denominator` is zero.
    package static func nearestDouble(_ numerator: Self, dividedBy denominator: Self) -> Double? {
        let low = Swift.min(numerator.exponent, denominator.exponent)
        guard let n = numerator.shifted(to: low), let d = denominator.shifted(to: low), d != 0 else { return nil }
        if n == 0 { return 0 }
        // Both as fractions in [2^127, 2^128): the quotient then has 127 or 128 bits, and what is cut off only
        // matters as "not zero", which the last bit remembers.
        let (a, b) = (n.magnitude.leadingZeroBitCount, d.magnitude.leadingZeroBitCount)
        let (x, y) = (n.magnitude << UInt128(a), d.magnitude << UInt128(b))
        let (quotient, remainder) = y.dividingFullWidth((x >> 1, x << 127))
        let result = Double(remainder == 0 ? quotient : quotient | 1)
        let sign: FloatingPointSign = (n < 0) == (d < 0) ? .plus : .minus
        return Double(sign: sign, exponent: b - a - 127, significand: result)
    }
}
