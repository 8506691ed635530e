/// How a number lies in registers. All of it is written here by hand, from the bytes up.
enum NumberForm: String, CaseIterable, Sendable {
    case u16, s16, u32, s32, u64, s64, f32, f64, bcd16, bcd32

    var registers: Int {
        switch self {
        case .u16, .s16, .bcd16: 1
        case .u32, .s32, .f32, .bcd32: 2
        case .u64, .s64, .f64: 4
        }
    }

    /// What a register can hold nearest to `target`, as bits and as the exact number that they mean.
    func quantised(_ target: Double) -> (bits: UInt64, number: ExactDecimal) {
        switch self {
        case .f32:
            let limit = Double(Float.greatestFiniteMagnitude)
            let value = Float(min(limit, max(-limit, target.isNaN ? 0 : target))) + 0
            return (UInt64(value.bitPattern), ExactDecimal(shortest: value) ?? ExactDecimal(0))
        case .f64:
            let value = (target.isFinite ? target : 0) + 0
            return (value.bitPattern, ExactDecimal(shortest: value) ?? ExactDecimal(0))
        case .bcd16, .bcd32:
            let value = Self.integer(target, 0, registers == 1 ? 9_999 : 99_999_999)
            return (Self.packed(UInt64(value)), ExactDecimal(value))
        case .u16: return whole(target, 0, 0xFFFF)
        case .s16: return whole(target, -0x8000, 0x7FFF)
        case .u32: return whole(target, 0, 0xFFFF_FFFF)
        case .s32: return whole(target, -0x8000_0000, 0x7FFF_FFFF)
        case .u64: return whole(target, 0, Int128(UInt64.max))
        case .s64: return whole(target, Int128(Int64.min), Int128(Int64.max))
        }
    }

    private func whole(_ target: Double, _ low: Int128, _ high: Int128) -> (bits: UInt64, number: ExactDecimal) {
        let value = Self.integer(target, low, high)
        return (UInt64(truncatingIfNeeded: value), ExactDecimal(value))
    }

    private static func integer(_ target: Double, _ low: Int128, _ high: Int128) -> Int128 {
        guard target.isFinite else { return 0 }
        return min(high, max(low, Int128(target.rounded().clamped(to: -1e30...1e30))))
    }

    private static func packed(_ value: UInt64) -> UInt64 {
        var (rest, result, shift) = (value, UInt64(0), UInt64(0))
        while rest > 0 {
            result |= (rest % 10) << shift
            rest /= 10
            shift += 4
        }
        return result
    }

    /// The words in the order of their addresses.
    func words(_ bits: UInt64, lowWordFirst: Bool) -> [UInt16] {
        let lowFirst = (0..<registers).map { UInt16(truncatingIfNeeded: bits >> (UInt64($0) * 16)) }
        return lowWordFirst ? lowFirst : lowFirst.reversed()
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(range.upperBound, max(range.lowerBound, self)) }
}
