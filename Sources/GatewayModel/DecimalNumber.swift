/// An exact decimal number: `significand` x 10^`exponent`.
///
/// Scales, offsets, limits and dead bands are decimals in the config and stay decimals, so that raw 713 x 0.1 is 71.3
/// and never 71.30000000000001. Held in lowest terms (no trailing zero in the significand), so equal numbers are equal.
package struct DecimalNumber: Hashable, Sendable {
    package let significand: Int128
    package let exponent: Int

    /// Normalised; zero has exponent 0.
    package init(significand: Int128, exponent: Int) {
        var (s, e) = (significand, exponent)
        if s == 0 { e = 0 }
        while s != 0, s % 10 == 0 { (s, e) = (s / 10, e + 1) }
        self.significand = s
        self.exponent = e
    }

    package init(_ integer: Int64) { self.init(significand: Int128(integer), exponent: 0) }

    package static let zero = DecimalNumber(0)
    package static let one = DecimalNumber(1)

    /// Reads `-12`, `0.001`, `.5`, `1e-3`, `+4.20E2`: at most 30 significant digits, exponent within +-60.
    /// nil for anything else (`inf`, `nan`, hexadecimal, empty).
    package init?(_ text: some StringProtocol) {
        var digits: Int128 = 0
        var (count, fraction, exponent) = (0, 0, 0)
        var (negative, seenDot, seenDigit) = (false, false, false)
        var rest = Substring(text).utf8[...]
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            negative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        while let c = rest.first {
            if c == UInt8(ascii: "."), !seenDot {
                seenDot = true
            } else if c >= 48, c <= 57 {
                seenDigit = true
                if count > 0 || c > 48 { count += 1 }
                guard count <= 30 else { return nil }
                digits = digits * 10 + Int128(c - 48)
                if seenDot { fraction += 1 }
                guard fraction <= 60 else { return nil }
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard seenDigit else { return nil }
        if let e = rest.first {
            guard e == UInt8(ascii: "e") || e == UInt8(ascii: "E") else { return nil }
            guard let power = Int(Substring(rest.dropFirst())), (-60...60).contains(power) else { return nil }
            exponent = power
        }
        self.init(significand: negative ? -digits : digits, exponent: exponent - fraction)
    }

    /// nil when the result does not fit.
    package func multiplied(by other: Self) -> Self? {
        let (product, overflow) = significand.multipliedReportingOverflow(by: other.significand)
        return overflow ? nil : Self(significand: product, exponent: exponent + other.exponent)
    }

    /// nil when the result does not fit.
    package func adding(_ other: Self) -> Self? {
        if significand == 0 { return other }
        if other.significand == 0 { return self }
        let low = Swift.min(exponent, other.exponent)
        guard let a = shifted(to: low), let b = other.shifted(to: low) else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : Self(significand: sum, exponent: low)
    }

    package var negated: Self { Self(significand: -significand, exponent: exponent) }

    /// The significand at a smaller exponent; nil when it does not fit.
    package func shifted(to lower: Int) -> Int128? {
        var result = significand
        guard lower <= exponent, exponent - lower <= 38 else { return nil }
        for _ in 0..<(exponent - lower) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }

    /// The nearest double.
    package var double: Double { Double(description) ?? 0 }
}

extension DecimalNumber: Comparable {
    package static func < (a: Self, b: Self) -> Bool {
        if (a.significand < 0) != (b.significand < 0) { return a.significand < 0 }
        let low = Swift.min(a.exponent, b.exponent)
        guard let x = a.shifted(to: low), let y = b.shifted(to: low) else { return a.double < b.double }
        return x < y
    }
}

extension DecimalNumber: CustomStringConvertible {
    /// Plain notation up to 21 digits (`71.3`, `-0.05`, `12000`), else `1.5e30`. Valid JSON and valid YAML.
    package var description: String {
        let digits = String(significand.magnitude)
        let sign = significand < 0 ? "-" : ""
        if exponent >= 0, digits.count + exponent <= 21 {
            return sign + digits + String(repeating: "0", count: exponent)
        }
        let point = digits.count + exponent
        if exponent < 0, point > 0 {
            return sign + digits.prefix(point) + "." + digits.dropFirst(point)
        }
        if exponent < 0, point > -7 {
            return sign + "0." + String(repeating: "0", count: -point) + digits
        }
        let tail = digits.dropFirst().isEmpty ? "" : "." + digits.dropFirst()
        return sign + digits.prefix(1) + tail + "e" + String(point - 1)
    }
}
