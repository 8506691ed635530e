/// Collects a body before compression, and where a compressor does well to begin a new block.
struct PlaneWriter {
    private(set) var bytes: [UInt8] = []
    /// Ascending offsets into `bytes`.
    private(set) var cuts: [Int] = []

    /// A block's own code table costs some 60 bytes; shorter planes share one.
    static let smallestBlock = 384

    mutating func append(_ byte: UInt8) { bytes.append(byte) }
    mutating func append(varint value: Int) { bytes.append(varint: value) }
    mutating func append(varint value: UInt64) { bytes.append(varint: value) }
    mutating func append(signed value: Int64) { bytes.append(varint: ZigZag.encode(value)) }
    mutating func append(_ other: [UInt8]) { bytes += other }

    /// The width in bytes of the largest number, then all lowest bytes, all second bytes, ... Nothing for no numbers.
    mutating func append(planes values: [UInt64]) {
        guard !values.isEmpty else { return }
        let width = (64 - values.reduce(0, |).leadingZeroBitCount + 7) / 8
        bytes.append(UInt8(width))
        for plane in 0..<width {
            cut(before: values.count)
            for value in values { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * plane))) }
            cut(before: values.count)
        }
    }

    mutating func append(cutAt offset: Int) { cuts.append(offset) }

    private mutating func cut(before count: Int) {
        if count >= Self.smallestBlock, bytes.count > (cuts.last ?? 0) { cuts.append(bytes.count) }
    }
}
