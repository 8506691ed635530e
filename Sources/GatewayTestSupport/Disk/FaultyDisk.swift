internal import CSQLite
internal import Foundation
internal import Synchronization

/// A disk that fails on demand, as a SQLite VFS: the unix VFS with its write, sync and truncate intercepted for files
/// in a directory that a test has registered.
package final class FaultyDisk: Sendable {
    package static let vfsName = "faulty"
    /// SQLITE_IOERR_WRITE and SQLITE_IOERR_FSYNC, macros that Swift does not import.
    package static let writeError = SQLITE_IOERR | (3 << 8)
    package static let syncError = SQLITE_IOERR | (4 << 8)

    package enum Fault: Hashable, Sendable {
        case none
        /// From the n-th write or sync on (0: the next), once or for ever.
        case write(after: Int, forEver: Bool, code: CInt)
        case sync(after: Int, forEver: Bool)
    }

    private struct State {
        var fault = Fault.none
        var databaseFails = false
        var writes = 0
        var syncs = 0
        var durable: [String: [UInt8]] = [:]
        var pending: [String: [(offset: Int, bytes: [UInt8])]] = [:]
    }

    private let state = Mutex(State())
    private let directory: String

    package init(directory: String) {
        self.directory = directory
        FaultyVFS.register()
        FaultyVFS.disks.withLock { $0[directory] = self }
    }

    deinit { FaultyVFS.disks.withLock { $0[directory] = nil } }

    package func fail(_ fault: Fault) {
        state.withLock {
            $0.fault = fault
            $0.writes = 0
            $0.syncs = 0
        }
    }

    /// Whether writes to the database file itself fail, while those to its WAL work.
    package func failsDatabase(_ fails: Bool) { state.withLock { $0.databaseFails = fails } }

    /// Writes and syncs since the last ``fail(_:)``.
    package var operations: (writes: Int, syncs: Int) { state.withLock { ($0.writes, $0.syncs) } }

    /// What a power cut now would leave: all that was synced, and of the rest what `keeps` says, each write whole,
    /// missing, or torn at a sector.
    package func imageAfterPowerCut(in target: String, using generator: inout some RandomNumberGenerator) throws {
        let (durable, pending) = state.withLock { ($0.durable, $0.pending) }
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for path in Set(durable.keys).union(pending.keys) {
            // A deleted journal stays deleted: SQLite syncs the directory.
            guard FileManager.default.fileExists(atPath: path) else { continue }
            var content = durable[path] ?? []
            for (offset, bytes) in pending[path] ?? [] {
                let kept = [0, bytes.count, bytes.count / 2 / 512 * 512].randomElement(using: &generator) ?? 0
                content.place(bytes.prefix(kept), at: offset)
            }
            let name = URL(fileURLWithPath: path).lastPathComponent
            try Data(content).write(to: URL(fileURLWithPath: "\(target)/\(name)"))
        }
    }

    fileprivate func willWrite(_ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int) -> CInt {
        state.withLock { state in
            defer { state.writes += 1 }
            if state.databaseFails, path.hasSuffix(".sqlite") { return SQLITE_FULL }
            if case .write(let after, let forEver, let code) = state.fault,
                state.writes == after || (forEver && state.writes > after)
            {
                return code
            }
            state.pending[path, default: []].append((offset, [UInt8](bytes)))
            return SQLITE_OK
        }
    }

    fileprivate func willSync(_ path: String) -> CInt {
        state.withLock { state in
            defer { state.syncs += 1 }
            if case .sync(let after, let forEver) = state.fault,
                state.syncs == after || (forEver && state.syncs > after)
            {
                return Self.syncError
            }
            for (offset, bytes) in state.pending[path] ?? [] {
                state.durable[path, default: []].place(bytes[...], at: offset)
            }
            state.pending[path] = []
            return SQLITE_OK
        }
    }

    fileprivate func didTruncate(_ path: String, to size: Int) {
        state.withLock { state in
            guard let content = state.durable[path], content.count > size else { return }
            state.durable[path] = Array(content.prefix(size))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func place(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        if count < offset + bytes.count { self += [UInt8](repeating: 0, count: offset + bytes.count - count) }
        replaceSubrange(offset..<(offset + bytes.count), with: bytes)
    }
}

/// The VFS behind ``FaultyDisk``. Process-wide, so it looks up by path whose disk a file is on.
private enum FaultyVFS {
    static let disks = Mutex<[String: FaultyDisk]>([:])
    private static let open = Mutex<[UInt: (disk: FaultyDisk, path: String)]>([:])
    /// The unix VFS and its methods for database and WAL files. Written once by `register`, before any use.
    nonisolated(unsafe) private static var unix: UnsafeMutablePointer<sqlite3_vfs>?
    nonisolated(unsafe) private static var original: sqlite3_io_methods?
    private static let registered: Void = {
        guard let unix = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: unix.pointee)
        vfs.pointee.zName = UnsafePointer(strdup(FaultyDisk.vfsName))
        vfs.pointee.xOpen = { _, name, file, flags, out in FaultyVFS.openFile(name, file, flags, out) }
        Self.unix = unix
        sqlite3_vfs_register(vfs, 0)
    }()

    static func register() { _ = registered }

    private static func openFile(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
        _ out: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        let result = unix?.pointee.xOpen(unix, name, file, flags, out) ?? SQLITE_CANTOPEN
        guard result == SQLITE_OK, let file, let name, let methods = file.pointee.pMethods else { return result }
        let path = String(cString: name)
        let directory = (path as NSString).deletingLastPathComponent
        guard let disk = disks.withLock({ $0[directory] }) else { return result }
        open.withLock { $0[UInt(bitPattern: file)] = (disk, path) }
        original = methods.pointee
        // One small table per opened file, kept until the test process ends.
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        table.initialize(to: methods.pointee)
        table.pointee.xWrite = { file, bytes, count, offset in
            guard let (disk, path) = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            let code = disk.willWrite(path, buffer, at: Int(offset))
            return code == SQLITE_OK ? FaultyVFS.original?.xWrite(file, bytes, count, offset) ?? SQLITE_IOERR : code
        }
        table.pointee.xSync = { file, flags in
            guard let (disk, path) = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            let code = disk.willSync(path)
            return code == SQLITE_OK ? FaultyVFS.original?.xSync(file, flags) ?? SQLITE_IOERR : code
        }
        table.pointee.xTruncate = { file, size in
            if let (disk, path) = FaultyVFS.entry(file) { disk.didTruncate(path, to: Int(size)) }
            return FaultyVFS.original?.xTruncate(file, size) ?? SQLITE_IOERR
        }
        file.pointee.pMethods = UnsafePointer(table)
        return result
    }

    private static func entry(_ file: UnsafeMutablePointer<sqlite3_file>?) -> (FaultyDisk, String)? {
        open.withLock { $0[UInt(bitPattern: file)] }.map { ($0.disk, $0.path) }
    }
}
