package import GatewayModel

/// A point's scaling, prepared for many values. The rule (README.md, "Numbers"):
///
/// - linear: raw x scale + offset in exact decimal arithmetic;
/// - map: the same with slope and offset of the straight line when the slope is a finite decimal, else the double
///   nearest to the exact quotient, in its shortest form;
/// - whatever does not fit a 127-bit significand on the way is computed in doubles, in the order written.
package struct ExactScaling: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case identity
        case linear(scale: DecimalNumber, offset: DecimalNumber)
        /// value = (raw x rise + shift) / run
        case quotient(rise: DecimalNumber, shift: DecimalNumber, run: DecimalNumber)
        /// A map whose ends do not fit exact arithmetic, or coincide.
        case doubles(Scaling)
    }
    private let form: Form

    package init(_ scaling: Scaling) {
        switch scaling {
        case .linear(let scale, let offset):
            form = scaling == .identity ? .identity : .linear(scale: scale, offset: offset)
        case .map(let rawLow, let rawHigh, let low, let high):
            form = Self.line(rawLow: rawLow, rawHigh: rawHigh, low: low, high: high) ?? .doubles(scaling)
        }
    }

    /// Scale and offset, when the scaling is a finite decimal line.
    package var line: (scale: DecimalNumber, offset: DecimalNumber)? {
        switch form {
        case .identity: (.one, .zero)
        case .linear(let scale, let offset): (scale, offset)
        case .quotient, .doubles: nil
        }
    }

    package var isIdentity: Bool { form == .identity }

    /// nil when the result is not a finite number.
    package func value(of raw: DecimalNumber) -> DecimalNumber? {
        switch form {
        case .identity:
            return raw
        case .linear(let scale, let offset):
            if let value = raw.multiplied(by: scale)?.adding(offset) { return value }
            return DecimalNumber(shortest: raw.double * scale.double + offset.double)
        case .quotient(let rise, let shift, let run):
            if let numerator = raw.multiplied(by: rise)?.adding(shift),
                let nearest = DecimalNumber.nearestDouble(numerator, dividedBy: run)
            {
                return DecimalNumber(shortest: nearest)
            }
            return DecimalNumber(shortest: (raw.double * rise.double + shift.double) / run.double)
        case .doubles(.linear(let scale, let offset)):
            return DecimalNumber(shortest: raw.double * scale.double + offset.double)
        case .doubles(.map(let rawLow, let rawHigh, let low, let high)):
            let slope = (high.double - low.double) / (rawHigh.double - rawLow.double)
            return DecimalNumber(shortest: low.double + (raw.double - rawLow.double) * slope)
        }
    }

    private static func line(
        rawLow: DecimalNumber, rawHigh: DecimalNumber, low: DecimalNumber, high: DecimalNumber
    ) -> Form? {
        guard let rise = high.subtracting(low), let run = rawHigh.subtracting(rawLow), run != .zero else { return nil }
        if let slope = rise.exactQuotient(dividedBy: run), let back = rawLow.multiplied(by: slope),
            let offset = low.subtracting(back)
        {
            return slope == .one && offset == .zero ? .identity : .linear(scale: slope, offset: offset)
        }
        // low + (raw - rawLow) x rise / run = (raw x rise + low x run - rawLow x rise) / run
        guard let a = low.multiplied(by: run), let b = rawLow.multiplied(by: rise), let shift = a.subtracting(b) else {
            return nil
        }
        return .quotient(rise: rise, shift: shift, run: run)
    }
}

extension DecimalNumber {
    /// The quotient when it is a finite decimal that fits; nil otherwise.
    func exactQuotient(dividedBy other: Self) -> Self? {
        guard other.significand != 0 else { return nil }
        if significand == 0 { return .zero }
        var (numerator, denominator) = (significand, other.significand)
        if denominator < 0 { (numerator, denominator) = (-numerator, -denominator) }
        let common = Self.greatestCommonDivisor(numerator.magnitude, denominator.magnitude)
        numerator /= Int128(common)
        denominator /= Int128(common)
        // 1/2 = 5/10, 1/5 = 2/10: each factor moves one decimal place.
        var power = exponent - other.exponent
        while denominator > 1 {
            let factor: Int128
            if denominator % 10 == 0 {
                (denominator, factor) = (denominator / 10, 1)
            } else if denominator % 2 == 0 {
                (denominator, factor) = (denominator / 2, 5)
            } else if denominator % 5 == 0 {
                (denominator, factor) = (denominator / 5, 2)
            } else {
                return nil
            }
            let (next, overflow) = numerator.multipliedReportingOverflow(by: factor)
            if overflow || next == .min { return nil }
            numerator = next
            power -= 1
        }
        return Self(significand: numerator, exponent: power)
    }

    private static func greatestCommonDivisor(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (x, y) = (a, b)
        while y != 0 { (x, y) = (y, x % y) }
        return x
    }
}
