internal import CZlib
package import GatewayModel

/// The uncompressed frame around a batch body: everything that store, uplink and receiver need without opening it.
///
/// Layout, all integers big-endian, 104 bytes before the body:
/// `"DGB1"`, flags u8 (bit 0: anchored, bit 1: urgent, bit 2: replaces), reserved u8 x 3, epoch 16, sequence u64, boot 16,
/// anchor boottime i64 ns, anchor realtime i64 ns, anchor error i64 ns (three zeros without anchor), dictionary 8,
/// first i64 ms, last i64 ms, readings u32, body length u32, body, CRC-32 of all before it (zlib's polynomial).
package struct BatchEnvelope: Hashable, Sendable {
    package var batch: SealedBatch
    package var key: BatchKey

    package init(batch: SealedBatch, key: BatchKey) {
        self.batch = batch
        self.key = key
    }

    static let magic = Array("DGB1".utf8)
    static let headerLength = 4 + 4 + 16 + 8 + 16 + 24 + 8 + 16 + 8
    /// The longest stored batch: a body of 8 MiB is far beyond what is ever sealed.
    package static let maximumLength = headerLength + BatchContent.maximumBody + 4

    package func encoded() -> [UInt8] {
        var out = [UInt8]()
        out.reserveCapacity(Self.headerLength + batch.body.count + 4)
        out += Self.magic
        out += [(batch.anchor == nil ? 0 : 1) | (batch.urgent ? 2 : 0) | (batch.replaces ? 4 : 0), 0, 0, 0]
        out += key.epoch.bytes
        out.append(bigEndian: key.sequence)
        out += batch.boot.bytes
        out.append(bigEndian: batch.anchor?.bootTime.nanoseconds ?? 0)
        out.append(bigEndian: batch.anchor?.realTime ?? 0)
        out.append(bigEndian: batch.anchor?.error ?? 0)
        out += batch.dictionary.bytes
        out.append(bigEndian: batch.first.milliseconds)
        out.append(bigEndian: batch.last.milliseconds)
        out.append(bigEndian: UInt32(clamping: batch.readings))
        out.append(bigEndian: UInt32(clamping: batch.body.count))
        out += batch.body
        out.append(bigEndian: Self.checksum(out[...]))
        return out
    }

    /// What the flags say; the bytes are not checked.
    static func isUrgent(_ bytes: [UInt8]) -> Bool { bytes.count >= headerLength && bytes[4] & 2 != 0 }

    /// How many of the bytes the batch takes that they begin with; nil: too few to tell.
    package static func length(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= headerLength else { return nil }
        return headerLength + Int(bytes.bigEndian32(at: headerLength - 4)) + 4
    }

    /// Reads and checks foreign bytes, not the body inside; never traps.
    package static func decode(_ bytes: [UInt8]) throws(BatchFormatError) -> BatchEnvelope {
        guard bytes.count >= headerLength + 4 else { throw BatchFormatError("shorter than a batch header") }
        guard bytes.count <= maximumLength else { throw BatchFormatError("longer than a batch can be") }
        guard bytes.starts(with: magic) else { throw BatchFormatError("does not begin with DGB1") }
        let end = bytes.count - 4
        guard bytes.bigEndian32(at: end) == checksum(bytes[..<end]) else { throw BatchFormatError("checksum differs") }
        guard bytes.bigEndian32(at: headerLength - 4) == UInt32(end - headerLength) else {
            throw BatchFormatError("body length differs")
        }
        guard let epoch = Epoch(bytes: Array(bytes[8..<24])), let boot = BootID(bytes: Array(bytes[32..<48])),
            let dictionary = DictionaryID(bytes: Array(bytes[72..<80])),
            let readings = Int(exactly: bytes.bigEndian32(at: 96))
        else { throw BatchFormatError("bad header") }
        let batch = SealedBatch(
            boot: boot, anchor: bytes[4] & 1 == 0 ? nil : try anchor(bytes), dictionary: dictionary,
            readings: readings, first: try bytes.bootTime(at: 80), last: try bytes.bootTime(at: 88),
            urgent: bytes[4] & 2 != 0, replaces: bytes[4] & 4 != 0,
            body: Array(bytes[headerLength..<end]))
        return BatchEnvelope(batch: batch, key: BatchKey(epoch: epoch, sequence: bytes.bigEndian64(at: 24)))
    }

    private static func anchor(_ bytes: [UInt8]) throws(BatchFormatError) -> WallAnchor {
        let boot = bytes.bigEndianSigned64(at: 48)
        let real = bytes.bigEndianSigned64(at: 56)
        let error = bytes.bigEndianSigned64(at: 64)
        // Sums of these and of times within their bounds stay below 2^63.
        guard boot >= 0, boot < 1 << 61, real >= 0, real < 1 << 62, error >= 0, error < 1 << 62 else {
            throw BatchFormatError("an anchor out of range")
        }
        return WallAnchor(bootTime: BootTime(nanoseconds: boot), realTime: real, error: error)
    }

    /// CRC-32 as in zlib, PNG and Ethernet.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, uInt($0.count))) }
    }
}

extension [UInt8] {
    func bigEndian32(at offset: Int) -> UInt32 {
        self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    func bigEndian64(at offset: Int) -> UInt64 {
        self[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    func bigEndianSigned64(at offset: Int) -> Int64 { Int64(bitPattern: bigEndian64(at: offset)) }

    fileprivate func bootTime(at offset: Int) throws(BatchFormatError) -> BootTime {
        let milliseconds = bigEndianSigned64(at: offset)
        guard BatchContent.bootTimes.contains(milliseconds) else { throw BatchFormatError("a time out of range") }
        return BootTime(milliseconds: milliseconds)
    }
}
