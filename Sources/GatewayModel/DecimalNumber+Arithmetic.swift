extension DecimalNumber {
    /// nil when the product's significand, before trailing zeros are dropped, does not fit 127 bits.
    package func multiplied(by other: Self) -> Self? {
        let (product, overflow) = significand.multipliedReportingOverflow(by: other.significand)
        return overflow || product == .min ? nil : Self(significand: product, exponent: exponent + other.exponent)
    }

    /// nil when the sum, written at the smaller of the two exponents, does not fit 127 bits.
    package func adding(_ other: Self) -> Self? {
        if significand == 0 { return other }
        if other.significand == 0 { return self }
        let low = Swift.min(exponent, other.exponent)
        guard let a = shifted(to: low), let b = other.shifted(to: low) else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow || sum == .min ? nil : Self(significand: sum, exponent: low)
    }

    /// nil like `adding`.
    package func subtracting(_ other: Self) -> Self? { adding(other.negated) }

    /// The significand at a smaller exponent; nil when it does not fit.
    package func shifted(to lower: Int) -> Int128? {
        if lower == exponent { return significand }
        guard lower < exponent else { return nil }
        let places = exponent - lower
        if let small = Int64(exactly: significand), places <= 18 {
            return Int128(small) * Int128(Self.powers[places])
        }
        var result = significand
        for _ in 0..<places {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
            if result == 0 { return 0 }
        }
        return result
    }

    /// 10^0 ... 10^18.
    package static let powers: [Int64] = (0..<18).reduce(into: [1]) { list, _ in list.append(list[list.count - 1] * 10)
    }

    /// How many times `step` fits, rounded to the nearest whole number, halves away from zero.
    ///
    /// nil when that does not fit an Int64, or `step` is not above zero.
    package func rounded(toMultiplesOf step: Self) -> Int64? {
        guard step.significand > 0 else { return nil }
        let low = Swift.min(exponent, step.exponent)
        guard let numerator = shifted(to: low) else { return nil }
        let whole = numerator.magnitude
        guard let divisor = step.shiftedMagnitude(to: low) else { return 0 }
        let (quotient, remainder) = whole.quotientAndRemainder(dividingBy: divisor)
        // remainder >= divisor - remainder: twice the remainder could overflow.
        let count = quotient + (remainder >= divisor - remainder ? 1 : 0)
        guard let result = Int64(exactly: count) else { return nil }
        return isNegative ? -result : result
    }

    /// nil: beyond 128 bits, which is more than twice any significand.
    private func shiftedMagnitude(to lower: Int) -> UInt128? {
        var result = significand.magnitude
        for _ in 0..<(exponent - lower) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }
}
