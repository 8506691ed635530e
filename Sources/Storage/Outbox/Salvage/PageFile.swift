internal import GatewayModel
internal import Glibc

/// The pages of a database file and its WAL, read without SQLite: from a damaged file it gives what it gives.
///
/// Format: https://sqlite.org/fileformat2.html, sections 1.6 (overflow pages) and 4 (WAL). Every call blocks on the
/// disk; a page that cannot be read is as if it were not there.
final class PageFile {
    /// Bytes of a page in every store of ours.
    static let pageSize = 1024
    private static let frameSize = pageSize + 24
    /// Frames of a WAL that are looked at; ours has about 2,000.
    private static let frameLimit = 1 << 16

    /// Which copy of a page is meant.
    enum Version: CaseIterable {
        /// The last one in the WAL, else the database's.
        case newest
        case database
    }

    private let database: CInt
    private let log: CInt
    /// Pages in the database file.
    let databasePages: Int
    /// Frames in the WAL, of this generation.
    private(set) var frames: [(page: UInt32, offset: Int)] = []
    private var newest: [UInt32: Int] = [:]
    /// The WAL's checksums are of words in this order.
    private var isBigEndian = false

    /// - Parameters:
    ///   - path: nil: only the WAL is read, which takes no lock and breaks none.
    ///   - log: the WAL's path.
    init(path: String?, log: String) {
        database = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? -1
        self.log = open(log, O_RDONLY | O_CLOEXEC)
        databasePages = Self.size(of: database) / Self.pageSize
        readFrames()
    }

    deinit {
        if database >= 0 { close(database) }
        if log >= 0 { close(log) }
    }

    /// Images of pages that ``image(_:)`` gives: those of the database, then those of the WAL.
    var imageCount: Int { databasePages + frames.count }

    func image(_ number: Int) -> [UInt8]? {
        if number < databasePages { return read(database, at: number * Self.pageSize, Self.pageSize) }
        let frame = number - databasePages
        guard frames.indices.contains(frame) else { return nil }
        return read(log, at: frames[frame].offset, Self.pageSize)
    }

    /// Pages count from 1.
    func page(_ number: UInt32, _ version: Version) -> [UInt8]? {
        guard number >= 1 else { return nil }
        if version == .newest, let offset = newest[number] { return read(log, at: offset, Self.pageSize) }
        guard number <= databasePages else { return nil }
        return read(database, at: (Int(number) - 1) * Self.pageSize, Self.pageSize)
    }

    /// Whether a WAL is there and holds more than its header.
    static func hasFrames(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_size > 32
    }

    /// Frames of an earlier generation of the WAL have other salts; they are in the database since.
    private func readFrames() {
        guard log >= 0, let header = read(log, at: 0, 32) else { return }
        var salts = header[16..<24]
        if header.bigEndianWord(at: 0) & ~1 != 0x377f_0682 {
            // The first frame is always of the newest generation.
            guard let first = read(log, at: 32, 24) else { return }
            salts = first[8..<16]
        }
        isBigEndian = header.bigEndianWord(at: 0) & 1 == 1
        var offset = 32
        while frames.count < Self.frameLimit, let frame = read(log, at: offset, 24) {
            let page = frame.bigEndianWord(at: 0)
            if page >= 1, frame[8..<16] == salts {
                frames.append((page, offset + 24))
                newest[page] = offset + 24
            }
            offset += Self.frameSize
        }
    }

    /// Whether a frame is all that was written as it. After a power cut its header may be new and its page that of an
    /// earlier generation. Cannot be told, hence false, when the header before it is damaged too.
    func isWhole(_ frame: Int) -> Bool {
        guard frames.indices.contains(frame) else { return false }
        let offset = frames[frame].offset - 24
        // What is before the first frame is the WAL's header, which ends in its checksum too.
        let seed = offset == 32 ? 24 : offset - Self.frameSize + 16
        guard let before = read(log, at: seed, 8), let bytes = read(log, at: offset, Self.frameSize) else {
            return false
        }
        var sums = (before.bigEndianWord(at: 0), before.bigEndianWord(at: 4))
        for place in [0] + Array(stride(from: 24, to: Self.frameSize, by: 8)) {
            let words = (bytes.bigEndianWord(at: place), bytes.bigEndianWord(at: place + 4))
            sums.0 &+= (isBigEndian ? words.0 : words.0.byteSwapped) &+ sums.1
            sums.1 &+= (isBigEndian ? words.1 : words.1.byteSwapped) &+ sums.0
        }
        return sums == (bytes.bigEndianWord(at: 16), bytes.bigEndianWord(at: 20))
    }

    private func read(_ descriptor: CInt, at offset: Int, _ count: Int) -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            length = max(0, pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
        return bytes.count == count ? bytes : nil
    }

    private static func size(of descriptor: CInt) -> Int {
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return 0 }
        return Int(clamping: status.st_size)
    }
}

extension [UInt8] {
    /// The caller has checked the length.
    func bigEndianWord(at offset: Int) -> UInt32 {
        self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
