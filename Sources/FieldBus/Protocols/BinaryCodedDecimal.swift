/// Numbers of two decimal digits a byte.
enum BinaryCodedDecimal {
    /// 18 digits fit 64 bits.
    static let longest = 9

    /// nil: a nibble above 9 (meters fill a field with F when they have no value), or too long.
    static func number(lowByteFirst bytes: some BidirectionalCollection<UInt8>) -> Int64? {
        guard bytes.count <= longest else { return nil }
        var value: Int64 = 0
        for byte in bytes.reversed() {
            guard byte >> 4 <= 9, byte & 15 <= 9 else { return nil }
            value = value * 100 + Int64(byte >> 4) * 10 + Int64(byte & 15)
        }
        return value
    }

    /// The same with a sign in the highest bit of the highest byte, as DL/T 645 has it for power and current.
    static func signedNumber(lowByteFirst bytes: some BidirectionalCollection<UInt8>) -> Int64? {
        var bytes = Array(bytes)
        guard let highest = bytes.last else { return nil }
        bytes[bytes.count - 1] = highest & 0x7F
        guard let magnitude = number(lowByteFirst: bytes) else { return nil }
        return highest & 0x80 == 0 ? magnitude : -magnitude
    }
}
