internal import GatewayModel

/// The last frames of a line in a fixed number of bytes: the oldest go when a new one needs their room.
///
/// A record is 10 bytes (kind, length, microseconds since boot) and the frame's own; it wraps at the end of the buffer.
struct FrameRing: Sendable {
    /// Longer frames are cut: two of the longest that Modbus, M-Bus and DL/T 645 have.
    static let longestFrame = 512
    private static let header = 10

    private var buffer: [UInt8]
    private var begin = 0
    private var used = 0
    /// Frames that the ring holds, and that it has taken since it was made.
    private(set) var count = 0
    private(set) var taken: UInt64 = 0

    /// - Parameter capacity: bytes, at least one longest record.
    init(capacity: Int) {
        buffer = [UInt8](repeating: 0, count: max(capacity, Self.header + Self.longestFrame))
    }

    mutating func append(_ kind: RecordedFrame.Kind, time: BootTime, _ bytes: some Collection<UInt8>) {
        let length = min(bytes.count, Self.longestFrame)
        guard length > 0 else { return }
        let needed = Self.header + length
        while buffer.count - used < needed { dropOldest() }
        let microseconds = UInt64(clamping: time.nanoseconds / 1_000)
        put(UInt8(truncatingIfNeeded: length >> 8) << 2 | kind.rawValue)
        put(UInt8(truncatingIfNeeded: length))
        for shift in stride(from: 56, through: 0, by: -8) { put(UInt8(truncatingIfNeeded: microseconds >> shift)) }
        for byte in bytes.prefix(length) { put(byte) }
        count += 1
        taken += 1
    }

    /// Oldest first.
    ///
    /// - Parameter last: no more than so many bytes of records, the newest ones.
    func frames(last limit: Int = .max) -> [RecordedFrame] {
        var result: [RecordedFrame] = []
        var offset = 0
        while offset < used {
            let length = recordLength(at: offset)
            if used - offset <= limit { result.append(frame(at: offset, length: length)) }
            offset += length
        }
        return result
    }

    mutating func removeAll() { (begin, used, count) = (0, 0, 0) }

    private subscript(_ offset: Int) -> UInt8 { buffer[(begin + offset) % buffer.count] }

    private mutating func put(_ byte: UInt8) {
        buffer[(begin + used) % buffer.count] = byte
        used += 1
    }

    private func recordLength(at offset: Int) -> Int {
        Self.header + (Int(self[offset] >> 2) << 8 | Int(self[offset + 1]))
    }

    private func frame(at offset: Int, length: Int) -> RecordedFrame {
        let microseconds = (2..<Self.header).reduce(Int64(0)) { $0 << 8 | Int64(self[offset + $1]) }
        return RecordedFrame(
            kind: RecordedFrame.Kind(rawValue: self[offset] & 3) ?? .unasked,
            time: BootTime(nanoseconds: microseconds * 1_000),
            bytes: (Self.header..<length).map { self[offset + $0] })
    }

    private mutating func dropOldest() {
        let length = recordLength(at: 0)
        begin = (begin + length) % buffer.count
        used -= length
        count -= 1
    }
}
