/// CRC-16 of Modbus RTU frames: polynomial 0xA001, start 0xFFFF, low byte sent first
/// (MODBUS over Serial Line V1.02, 2.5.1.2).
enum ModbusCRC {
    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }

    /// The two bytes in the order of sending.
    static func bytes(of frame: some Sequence<UInt8>) -> [UInt8] {
        let crc = frame.reduce(UInt16(0xFFFF)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
        return [UInt8(crc & 255), UInt8(crc >> 8)]
    }

    /// True for a frame that ends in its own CRC.
    static func matches(_ frame: some BidirectionalCollection<UInt8>) -> Bool {
        frame.count >= 4 && bytes(of: frame.dropLast(2)) == Array(frame.suffix(2))
    }
}
