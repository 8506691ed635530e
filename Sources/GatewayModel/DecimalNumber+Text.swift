extension DecimalNumber {
    /// Reads `-12`, `0.001`, `.5`, `1e-3`, `+4.20E2`: at most 30 significant digits, exponent within +-60.
    /// nil for anything else (`inf`, `nan`, hexadecimal, empty).
    package init?(_ text: some StringProtocol) { self.init(text, largestExponent: 60) }

    init?(_ text: some StringProtocol, largestExponent: Int) {
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
            guard let power = Int(Substring(rest.dropFirst())), power.magnitude <= largestExponent else { return nil }
            exponent = power
        }
        self.init(significand: negative ? -digits : digits, exponent: exponent - fraction)
    }
}

extension DecimalNumber: CustomStringConvertible {
    /// Plain notation up to 21 digits (`71.3`, `-0.05`, `12000`), else `1.5e30`. Valid JSON and valid YAML.
    package var description: String { String(decoding: utf8, as: UTF8.self) }

    package var utf8: [UInt8] {
        var out = [UInt8]()
        appendText(to: &out)
        return out
    }

    /// Appends `description`.
    package func appendText(to out: inout [UInt8]) {
        if significand < 0 { out.append(UInt8(ascii: "-")) }
        let digits = Self.digits(of: significand.magnitude)
        let point = digits.count + exponent
        let zero = UInt8(ascii: "0")
        let dot = UInt8(ascii: ".")
        if exponent >= 0, point <= 21 {
            out += digits
            out.append(contentsOf: repeatElement(zero, count: exponent))
        } else if exponent < 0, point > 0 {
            out += digits[..<point]
            out.append(dot)
            out += digits[point...]
        } else if exponent < 0, point > -7 {
            out += [zero, dot]
            out.append(contentsOf: repeatElement(zero, count: -point))
            out += digits
        } else {
            out.append(digits[0])
            if digits.count > 1 {
                out.append(dot)
                out += digits[1...]
            }
            out.append(UInt8(ascii: "e"))
            out += Array(String(point - 1).utf8)
        }
    }

    /// Most significant first, at least one.
    private static func digits(of magnitude: UInt128) -> [UInt8] {
        var out = [UInt8]()
        out.reserveCapacity(20)
        var rest = magnitude
        while rest > UInt128(UInt64.max) {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            out.append(48 + UInt8(truncatingIfNeeded: digit))
            rest = quotient
        }
        var small = UInt64(truncatingIfNeeded: rest)
        repeat {
            out.append(48 + UInt8(truncatingIfNeeded: small % 10))
            small /= 10
        } while small > 0
        out.reverse()
        return out
    }
}
