/// An exact decimal number: `significand` x 10^`exponent`.
///
/// Scales, offsets, limits and dead bands are decimals in the config and stay decimals, so that raw 713 x 0.1 is 71.3
/// and never 71.30000000000001. Held in lowest terms (no trailing zero in the significand), so equal numbers are equal.
package struct DecimalNumber: Hashable, Sendable {
    package let significand: Int128
    package let exponent: Int

    /// Normalised; zero has exponent 0.
    package init(significand: Int128, exponent: Int) {
        if let small = Int64(exactly: significand) {
            // 64-bit division is several times faster.
            let (s, e) = Self.lowestTerms(small, exponent)
            self.significand = Int128(s)
            self.exponent = e
        } else {
            (self.significand, self.exponent) = Self.lowestTerms(significand, exponent)
        }
    }

    private static func lowestTerms<Number: BinaryInteger>(_ significand: Number, _ exponent: Int) -> (Number, Int) {
        if significand == 0 { return (0, 0) }
        var (s, e) = (significand, exponent)
        while s % 10 == 0 { (s, e) = (s / 10, e + 1) }
        return (s, e)
    }

    package init(_ integer: Int64) { self.init(significand: Int128(integer), exponent: 0) }

    package static let zero = DecimalNumber(0)
    package static let one = DecimalNumber(1)

    package var isNegative: Bool { significand < 0 }
    package var isInteger: Bool { exponent >= 0 }
    package var negated: Self { Self(significand: 0 &- significand, exponent: exponent) }
    package var magnitude: Self { isNegative ? negated : self }
}

extension DecimalNumber: Comparable {
    /// Exact for all values.
    package static func < (a: Self, b: Self) -> Bool {
        if a.isNegative != b.isNegative { return a.isNegative }
        let low = Swift.min(a.exponent, b.exponent)
        // At most one of the two is shifted; if it does not fit, its magnitude is beyond anything that fits.
        guard let x = a.shifted(to: low) else { return a.isNegative }
        guard let y = b.shifted(to: low) else { return !b.isNegative }
        return x < y
    }
}
