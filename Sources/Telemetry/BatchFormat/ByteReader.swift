/// Reads foreign bytes from front to back; every step is checked against the end.
struct ByteReader {
    private let bytes: [UInt8]
    private var at: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, from: 0, to: bytes.count) }

    private init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        self.at = start
        self.end = end
    }

    var isAtEnd: Bool { at == end }
    var left: Int { end - at }

    mutating func byte() throws(BatchFormatError) -> UInt8 {
        guard at < end else { throw BatchFormatError("ends too early") }
        at += 1
        return bytes[at - 1]
    }

    mutating func varint() throws(BatchFormatError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            // The tenth byte holds the last bit.
            guard shift < 63 || byte <= 1 else { throw BatchFormatError("number too large") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signedVarint() throws(BatchFormatError) -> Int64 { ZigZag.decode(try varint()) }

    /// A number of things, at most `limit`.
    mutating func count(limit: Int) throws(BatchFormatError) -> Int {
        let value = try varint()
        guard value <= UInt64(limit) else { throw BatchFormatError("more than \(limit)") }
        return Int(value)
    }

    /// The next `count` bytes, as a reader of their own.
    mutating func slice(_ count: Int) throws(BatchFormatError) -> ByteReader {
        guard count >= 0, count <= left else { throw BatchFormatError("ends too early") }
        at += count
        return ByteReader(bytes, from: at - count, to: at)
    }

    mutating func take(_ count: Int) throws(BatchFormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= left else { throw BatchFormatError("ends too early") }
        at += count
        return bytes[(at - count)..<at]
    }

    /// `count` numbers in byte planes (README.md, "Planes").
    mutating func planes(_ count: Int) throws(BatchFormatError) -> [UInt64] {
        guard count > 0 else { return [] }
        let width = Int(try byte())
        guard width <= 8, width * count <= left else { throw BatchFormatError("bad planes") }
        var values = [UInt64](repeating: 0, count: count)
        for plane in 0..<width {
            let start = at + plane * count
            for i in 0..<count { values[i] |= UInt64(bytes[start + i]) << UInt64(8 * plane) }
        }
        at += width * count
        return values
    }
}
