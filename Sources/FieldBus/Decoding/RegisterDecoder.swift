package import GatewayModel

/// Bytes of an answer -> what the device said, before scale and offset. Pure; never traps, whatever the bytes.
package struct RegisterDecoder: Sendable {
    private let table: RegisterTable
    /// The address of the first register or bit in `data`.
    private let address: Int
    private let data: [UInt8]

    /// - Parameters:
    ///   - data: the data bytes of an answer: registers with the high byte first, or bits with the lowest address in
    ///     the lowest bit (MODBUS Application Protocol V1.1b3, 4.2, 6.1).
    ///   - address: that was asked for, zero-based.
    package init(table: RegisterTable, address: UInt16, data: [UInt8]) {
        self.table = table
        self.address = Int(address)
        self.data = data
    }

    /// nil: the registers hold no value of this type (a BCD digit above 9), or were not in the answer.
    ///
    /// Floats that are not finite are values here; what is made of them is decided where readings are conditioned.
    package func sample(_ source: RegisterSource) -> Sample? {
        guard source.table == table else { return nil }
        if table.holdsBits { return bits(at: Int(source.address), count: source.count).map { .integer($0) } }
        let registers = source.type.registers ?? source.count
        guard let words = words(at: Int(source.address), count: registers, byteOrder: source.byteOrder) else {
            return nil
        }
        if source.type == .string { return .text(Self.text(words)) }
        let ordered = source.wordOrder == .big ? words : words.reversed()
        return Self.number(ordered.reduce(0) { $0 << 16 | UInt64($1) }, source)
    }

    private static func number(_ raw: UInt64, _ source: RegisterSource) -> Sample? {
        switch source.type {
        case .bool: .integer(raw == 0 ? 0 : 1)
        case .bit: .integer(Int64(raw >> UInt64(source.bit & 15) & 1))
        case .int16: .integer(Int64(Int16(truncatingIfNeeded: raw)))
        case .int32: .integer(Int64(Int32(truncatingIfNeeded: raw)))
        case .uint16, .uint32: .integer(Int64(truncatingIfNeeded: raw))
        case .int64, .uint64: .integer(Int64(bitPattern: raw))
        case .float32: .float32(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))
        case .float64: .float64(Double(bitPattern: raw))
        case .bcd16: binaryCodedDecimal(raw, digits: 4).map { .integer($0) }
        case .bcd32: binaryCodedDecimal(raw, digits: 8).map { .integer($0) }
        case .string: nil
        }
    }

    /// nil: a digit is above 9; meters fill registers with F when they have no value.
    private static func binaryCodedDecimal(_ raw: UInt64, digits: Int) -> Int64? {
        var value: Int64 = 0
        for digit in (0..<digits).reversed() {
            let nibble = Int64(raw >> UInt64(4 * digit) & 15)
            guard nibble <= 9 else { return nil }
            value = value * 10 + nibble
        }
        return value
    }

    /// Two characters a register, the first in the high byte; ends at the first NUL that has text before it.
    private static func text(_ words: [UInt16]) -> String {
        let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let isFiller: (UInt8) -> Bool = { $0 == 0 || $0 == UInt8(ascii: " ") }
        var kept = bytes.drop(while: isFiller).prefix { $0 != 0 }
        while let last = kept.last, isFiller(last) { kept.removeLast() }
        return String(decoding: kept, as: UTF8.self)
    }

    private func words(at address: Int, count: Int, byteOrder: ByteOrder) -> [UInt16]? {
        let begin = 2 * (address - self.address)
        guard begin >= 0, count > 0, begin + 2 * count <= data.count else { return nil }
        return (0..<count).map {
            let word = UInt16(data[begin + 2 * $0]) << 8 | UInt16(data[begin + 2 * $0 + 1])
            return byteOrder == .big ? word : word.byteSwapped
        }
    }

    /// Up to 64 bits as one number, the lowest address in the lowest bit.
    private func bits(at address: Int, count: Int) -> Int64? {
        let begin = address - self.address
        guard begin >= 0, (1...64).contains(count), begin + count <= 8 * data.count else { return nil }
        var value: UInt64 = 0
        for bit in 0..<count where data[(begin + bit) / 8] >> ((begin + bit) % 8) & 1 == 1 {
            value |= 1 << UInt64(bit)
        }
        return Int64(bitPattern: value)
    }
}
