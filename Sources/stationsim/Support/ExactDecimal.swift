/// `digits` x 10^`exponent`, exactly: what a register's raw value means, without a binary fraction on the way.
struct ExactDecimal: Hashable, Sendable {
    private(set) var digits: Int128
    private(set) var exponent: Int

    init(_ digits: Int128, exponent: Int = 0) {
        self.digits = digits
        self.exponent = digits == 0 ? 0 : exponent
        while self.digits != 0, self.digits % 10 == 0 {
            self.digits /= 10
            self.exponent += 1
        }
    }

    /// Reads `-12`, `0.001`, `1e-05`; nil for anything else and for more than 30 digits.
    init?(_ text: String) {
        let halves = text.lowercased().split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count > 1 ? parts[1] : ""
        let plain = parts[0] + fraction
        guard plain.count <= 30, plain.contains(where: \.isNumber), !fraction.hasPrefix("-"),
            let digits = Int128(plain), let power = halves.count > 1 ? Int(halves[1]) : 0, abs(power) <= 400
        else { return nil }
        self.init(digits, exponent: power - fraction.count)
    }

    /// The shortest decimal that reads back as the same single-precision float; nil for NaN and infinities.
    init?(shortest value: Float) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    /// The shortest decimal that reads back as the same double; nil for NaN and infinities.
    init?(shortest value: Double) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    /// nil when the result does not fit 38 digits.
    func times(_ other: Self) -> Self? {
        let (product, overflow) = digits.multipliedReportingOverflow(by: other.digits)
        return overflow ? nil : Self(product, exponent: exponent + other.exponent)
    }

    /// nil when the result does not fit 38 digits.
    func plus(_ other: Self) -> Self? {
        guard digits != 0 else { return other }
        guard other.digits != 0 else { return self }
        let low = min(exponent, other.exponent)
        guard let a = aligned(to: low), let b = other.aligned(to: low) else { return nil }
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? nil : Self(sum, exponent: low)
    }

    func minus(_ other: Self) -> Self? { plus(Self(-other.digits, exponent: other.exponent)) }

    /// nil when the quotient has no end within 30 digits, or the divisor is 0.
    func divided(by other: Self) -> Self? {
        guard other.digits != 0 else { return nil }
        var dividend = digits
        var power = exponent - other.exponent
        while dividend % other.digits != 0 {
            let (next, overflow) = dividend.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            dividend = next
            power -= 1
        }
        return Self(dividend / other.digits, exponent: power)
    }

    private func aligned(to low: Int) -> Int128? {
        guard exponent - low <= 38 else { return nil }
        var result = digits
        for _ in 0..<(exponent - low) {
            let (next, overflow) = result.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            result = next
        }
        return result
    }

    var double: Double { Double("\(digits)e\(exponent)") ?? 0 }
}

extension ExactDecimal: CustomStringConvertible {
    /// A JSON number: plain up to 21 digits, `1.5e30` beyond.
    var description: String {
        let text = String(digits.magnitude)
        let sign = digits < 0 ? "-" : ""
        let whole = text.count + exponent
        switch (exponent, whole) {
        case (0..., ...21): return sign + text + String(repeating: "0", count: exponent)
        case (..<0, 1...): return sign + text.prefix(whole) + "." + text.dropFirst(whole)
        case (..<0, -20...0): return sign + "0." + String(repeating: "0", count: -whole) + text
        default:
            let rest = text.dropFirst()
            return sign + text.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e\(whole - 1)"
        }
    }
}
