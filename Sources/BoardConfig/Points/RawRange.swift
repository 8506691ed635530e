internal import GatewayModel

/// The raw values that an integer type can have.
struct RawRange {
    let low: Int128
    let high: Int128
    private let bits: Int

    /// nil for types without whole numbers, and for BCD, whose marks are no decimal digits.
    init?(_ type: RegisterType) {
        let signed: Bool
        switch type {
        case .bool, .bit: (bits, signed) = (1, false)
        case .int16: (bits, signed) = (16, true)
        case .uint16: (bits, signed) = (16, false)
        case .int32: (bits, signed) = (32, true)
        case .uint32: (bits, signed) = (32, false)
        case .int64: (bits, signed) = (64, true)
        case .uint64: (bits, signed) = (64, false)
        case .float32, .float64, .bcd16, .bcd32, .string: return nil
        }
        let span = Int128(1) << Int128(bits)
        low = signed ? -(span / 2) : 0
        high = signed ? span / 2 - 1 : span - 1
    }

    /// The number itself, or the signed number of the same bit pattern; nil when it fits neither way.
    func raw(of number: DecimalNumber) -> DecimalNumber? {
        guard let whole = number.exponent >= 0 ? number.shifted(to: 0) : nil else { return nil }
        if (low...high).contains(whole) { return number }
        let span = Int128(1) << Int128(bits)
        guard low < 0, whole > high, whole < span else { return nil }
        return DecimalNumber(significand: whole - span, exponent: 0)
    }
}
