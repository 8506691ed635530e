/// The check sum of Modbus RTU: polynomial 0xA001 reflected, begun at 0xFFFF, sent low byte first
/// (MODBUS over Serial Line V1.02, 6.2.2).
enum CyclicRedundancyCheck {
    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte)) { value, _ in value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0xA001 }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt16 {
        bytes.reduce(0xFFFF) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// The last two bytes are the check sum of those before.
    static func holds(_ frame: ArraySlice<UInt8>) -> Bool {
        guard frame.count >= 4 else { return false }
        let sum = of(frame.dropLast(2))
        let sent = frame.suffix(2).map { UInt16($0) }
        return sent[0] | sent[1] << 8 == sum
    }
}
