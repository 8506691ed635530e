internal import GatewayModel

/// A record's bytes -> its value, by the data type in the DIF (EN 13757-3, annex A).
enum MBusValueReader {
    static func value(_ raw: [UInt8], type: UInt8, marker: UInt8?, meaning: MBusMeaning) -> MBusRecord.Value {
        if meaning.quantity == .date || meaning.quantity == .dateTime, type == 2 || type == 4,
            let moment = MBusMoment(lowByteFirst: raw)
        {
            return .moment(moment)
        }
        switch type {
        case 1...4, 6, 7: return .integer(binary(raw))
        case 5: return .float32(Float(bitPattern: UInt32(truncatingIfNeeded: binary(raw))))
        case 9...0xC, 0xE: return decimal(raw)
        case 0xD: return variable(raw, marker ?? 0)
        default: return .none
        }
    }

    /// Two's complement, low byte first, up to 64 bits (type B).
    private static func binary(_ raw: [UInt8]) -> Int64 {
        guard let highest = raw.last else { return 0 }
        let filler: UInt64 = highest & 0x80 == 0 ? 0 : .max
        return Int64(bitPattern: raw.reversed().reduce(filler) { $0 << 8 | UInt64($1) })
    }

    /// Type A; F in the first digit is a minus.
    private static func decimal(_ raw: [UInt8]) -> MBusRecord.Value {
        if let number = BinaryCodedDecimal.number(lowByteFirst: raw) { return .integer(number) }
        guard let highest = raw.last, highest >> 4 == 0xF,
            let magnitude = BinaryCodedDecimal.number(lowByteFirst: raw.dropLast() + [highest & 15])
        else { return .none }
        return .integer(-magnitude)
    }

    private static func variable(_ raw: [UInt8], _ marker: UInt8) -> MBusRecord.Value {
        switch marker {
        case 0x00...0xBF: return .text(String(decoding: raw.reversed(), as: UTF8.self))
        case 0xC0...0xCF:
            return BinaryCodedDecimal.number(lowByteFirst: raw).map { .integer($0) } ?? unreadable(raw)
        case 0xD0...0xDF:
            return BinaryCodedDecimal.number(lowByteFirst: raw).map { .integer(-$0) } ?? unreadable(raw)
        default: return raw.count <= 8 ? .integer(binary(raw)) : .bytes(raw)
        }
    }

    private static func unreadable(_ raw: [UInt8]) -> MBusRecord.Value {
        raw.count <= BinaryCodedDecimal.longest ? .none : .bytes(raw)
    }
}
