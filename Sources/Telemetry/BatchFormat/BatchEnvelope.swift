internal import CZlib
package import GatewayModel

/// The uncompressed frame around a batch body: everything that store, uplink and receiver need without opening it.
///
/// Layout, all integers big-endian, 116 bytes before the body:
/// `"DGB1"`, flags u8 (bit 0: anchored, bit 1: urgent), reserved u8 x 3, epoch 16, sequence u64, boot 16,
/// anchor boottime i64 ns, anchor realtime i64 ns, anchor error i64 ns (three zeros without anchor), dictionary 8,
/// first i64 ms, last i64 ms, readings u32, body length u32, body, CRC-32 of all before it (zlib's polynomial).
package struct BatchEnvelope: Hashable, Sendable {
    package var batch: SealedBatch
    package var key: BatchKey

    package init(batch: SealedBatch, key: BatchKey) {
        self.batch = batch
        self.key = key
    }

    static let headerLength = 4 + 4 + 16 + 8 + 16 + 24 + 8 + 16 + 8

    package func encoded() -> [UInt8] {
        var out = [UInt8]()
        out.reserveCapacity(Self.headerLength + batch.body.count + 4)
        out += Array("DGB1".utf8)
        out += [(batch.anchor == nil ? 0 : 1) | (batch.urgent ? 2 : 0), 0, 0, 0]
        out += key.epoch.bytes
        out.append(bigEndian: key.sequence)
        out += batch.boot.bytes
        out.append(bigEndian: UInt64(bitPattern: batch.anchor?.bootTime.nanoseconds ?? 0))
        out.append(bigEndian: UInt64(bitPattern: batch.anchor?.realTime ?? 0))
        out.append(bigEndian: UInt64(bitPattern: batch.anchor?.error ?? 0))
        out += batch.dictionary.bytes
        out.append(bigEndian: UInt64(bitPattern: batch.first.milliseconds))
        out.append(bigEndian: UInt64(bitPattern: batch.last.milliseconds))
        out.append(bigEndian: UInt32(clamping: batch.readings))
        out.append(bigEndian: UInt32(clamping: batch.body.count))
        out += batch.body
        out.append(bigEndian: UInt32(truncatingIfNeeded: crc32(0, out, uInt(out.count))))
        return out
    }

    /// Reads and checks foreign bytes; never traps.
    package static func decode(_ bytes: [UInt8]) throws(BatchFormatError) -> BatchEnvelope {
        guard bytes.count >= headerLength + 4 else { throw BatchFormatError("shorter than a batch header") }
        guard bytes.starts(with: Array("DGB1".utf8)) else { throw BatchFormatError("does not begin with DGB1") }
        let sum = bytes.bigEndian32(at: bytes.count - 4)
        guard UInt32(truncatingIfNeeded: crc32(0, bytes, uInt(bytes.count - 4))) == sum else {
            throw BatchFormatError("checksum differs")
        }
        guard Int(bytes.bigEndian32(at: headerLength - 4)) == bytes.count - headerLength - 4 else {
            throw BatchFormatError("body length differs")
        }
        guard let epoch = Epoch(bytes: Array(bytes[8..<24])), let boot = BootID(bytes: Array(bytes[32..<48])),
            let dictionary = DictionaryID(bytes: Array(bytes[72..<80]))
        else { throw BatchFormatError("bad header") }
        func signed(_ at: Int) -> Int64 { Int64(bitPattern: bytes.bigEndian64(at: at)) }
        func boottime(_ at: Int) throws(BatchFormatError) -> BootTime {
            let (ns, overflow) = signed(at).multipliedReportingOverflow(by: 1_000_000)
            if overflow { throw BatchFormatError("time out of range") }
            return BootTime(nanoseconds: ns)
        }
        let anchor = WallAnchor(bootTime: BootTime(nanoseconds: signed(48)), realTime: signed(56), error: signed(64))
        let batch = SealedBatch(
            boot: boot, anchor: bytes[4] & 1 == 0 ? nil : anchor, dictionary: dictionary,
            readings: Int(bytes.bigEndian32(at: 96)), first: try boottime(80), last: try boottime(88),
            urgent: bytes[4] & 2 != 0, body: Array(bytes[headerLength..<(bytes.count - 4)]))
        return BatchEnvelope(batch: batch, key: BatchKey(epoch: epoch, sequence: bytes.bigEndian64(at: 24)))
    }
}

/// Bytes that are not a batch: what is wrong with them.
package struct BatchFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
    func bigEndian32(at offset: Int) -> UInt32 {
        self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
    func bigEndian64(at offset: Int) -> UInt64 {
        self[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
