internal import GatewayModel
internal import Glibc

/// A few bytes beside the database that say which batch was last made durable.
///
/// One damaged bit in a WAL silently hides every later commit, and SQLite's own checks call the file sound (library
/// facts 4.6). The store would then give numbers twice, which breaks the key against duplicates. The mark does not
/// share the WAL's fate. It is written after the commit and never waits for the disk: behind is harmless, and ahead it
/// can only be when commits have vanished.
struct CommitMark: Hashable, Sendable {
    var epoch: Epoch
    var sequence: UInt64
    var lastReading: BatchTime?
    /// The earliest reading of the oldest stored batch.
    var oldestReading: BatchTime?
    /// The oldest stored batch's number.
    var oldestSequence: UInt64?

    private static let magic = Array("DGM2".utf8)
    static let length = 4 + 16 + 8 + 2 * (1 + BatchTime.encodedLength) + 8 + 8

    var encoded: [UInt8] {
        var bytes = Self.magic + epoch.bytes
        bytes.append(littleEndian: Int64(clamping: sequence))
        for time in [lastReading, oldestReading] {
            bytes.append(time == nil ? 0 : 1)
            bytes += time?.encoded ?? [UInt8](repeating: 0, count: BatchTime.encodedLength)
        }
        bytes.append(littleEndian: Int64(clamping: oldestSequence ?? 0))
        bytes.append(littleEndian: Int64(bitPattern: Checksum.of(bytes)))
        return bytes
    }

    /// nil for bytes that are not a whole mark: torn, damaged, or another version's.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.starts(with: Self.magic),
            let epoch = Epoch(bytes: Array(bytes[4..<20])),
            UInt64(bitPattern: bytes.littleEndian64(at: Self.length - 8)) == Checksum.of(bytes.dropLast(8))
        else { return nil }
        self.epoch = epoch
        sequence = UInt64(clamping: bytes.littleEndian64(at: 20))
        func time(at offset: Int) -> BatchTime? {
            bytes[offset] == 0 ? nil : BatchTime(encoded: Array(bytes[(offset + 1)..<(offset + 34)]))
        }
        lastReading = time(at: 28)
        oldestReading = time(at: 62)
        let oldest = bytes.littleEndian64(at: 96)
        oldestSequence = oldest >= 1 ? UInt64(oldest) : nil
    }

    init(
        epoch: Epoch, sequence: UInt64, lastReading: BatchTime?, oldestReading: BatchTime?, oldestSequence: UInt64?
    ) {
        self.epoch = epoch
        self.sequence = sequence
        self.lastReading = lastReading
        self.oldestReading = oldestReading
        self.oldestSequence = oldestSequence
    }
}

/// Owns the mark's file. Failing to write it is no error: the mark is only a second opinion.
final class CommitMarkFile {
    private let descriptor: CInt

    init(path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func read() -> CommitMark? {
        var bytes = [UInt8](repeating: 0, count: CommitMark.length)
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
        return CommitMark(encoded: bytes)
    }

    func write(_ mark: CommitMark) {
        let bytes = mark.encoded
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }
}
