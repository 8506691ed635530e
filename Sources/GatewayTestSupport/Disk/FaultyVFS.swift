internal import CSQLite
internal import Foundation
internal import Synchronization

/// The VFS behind ``FaultyDisk``: the unix VFS with its calls intercepted for files in a directory that a test has
/// registered. Process-wide, so it looks up by path whose disk a file is on.
enum FaultyVFS {
    static let disks = Mutex<[String: FaultyDisk]>([:])

    /// The unix VFS's own methods of one open file. @unchecked: pointers that SQLite keeps as long as the file is open.
    private struct OpenFile: @unchecked Sendable {
        var disk: FaultyDisk
        var path: String
        /// Constant tables of SQLite's, for as long as the process lives.
        var methods: UnsafePointer<sqlite3_io_methods>
    }
    private static let open = Mutex<[UInt: OpenFile]>([:])
    /// The unix VFS. Written once by `register`, before any use.
    nonisolated(unsafe) private static var unix: UnsafeMutablePointer<sqlite3_vfs>?
    private static let registered: Void = {
        guard let unix = sqlite3_vfs_find(nil) else { return }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: unix.pointee)
        vfs.pointee.zName = UnsafePointer(strdup(FaultyDisk.vfsName))
        vfs.pointee.xOpen = { _, name, file, flags, out in FaultyVFS.openFile(name, file, flags, out) }
        vfs.pointee.xDelete = { _, name, sync in
            let code = FaultyVFS.disk(of: name)?.willDo(.delete) ?? SQLITE_OK
            return code == SQLITE_OK
                ? FaultyVFS.unix?.pointee.xDelete(FaultyVFS.unix, name, sync) ?? SQLITE_IOERR : code
        }
        vfs.pointee.xAccess = { _, name, flags, out in
            let code = FaultyVFS.disk(of: name)?.willDo(.access) ?? SQLITE_OK
            guard code == SQLITE_OK else { return code }
            return FaultyVFS.unix?.pointee.xAccess(FaultyVFS.unix, name, flags, out) ?? SQLITE_IOERR
        }
        Self.unix = unix
        sqlite3_vfs_register(vfs, 0)
    }()

    static func register() { _ = registered }

    private static func disk(of name: UnsafePointer<CChar>?) -> FaultyDisk? {
        guard let name else { return nil }
        let directory = (String(cString: name) as NSString).deletingLastPathComponent
        return disks.withLock { $0[directory] }
    }

    private static func openFile(
        _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: CInt,
        _ out: UnsafeMutablePointer<CInt>?
    ) -> CInt {
        let disk = disk(of: name)
        if let disk {
            let code = disk.willDo(.open)
            // SQLite closes what has methods, even after a failure.
            file?.pointee.pMethods = nil
            guard code == SQLITE_OK else { return code }
        }
        let result = unix?.pointee.xOpen(unix, name, file, flags, out) ?? SQLITE_CANTOPEN
        guard result == SQLITE_OK, let file, let name, let methods = file.pointee.pMethods, let disk else {
            return result
        }
        let entry = OpenFile(disk: disk, path: String(cString: name), methods: methods)
        open.withLock { $0[UInt(bitPattern: file)] = entry }
        file.pointee.pMethods = table
        return result
    }

    /// One table for all files; the originals are looked up by file. Unsafe only by its type: made once and never changed.
    nonisolated(unsafe) private static let table: UnsafePointer<sqlite3_io_methods> = {
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var methods = sqlite3_io_methods()
        // Without the methods of version 2 and 3 there is no shared memory: the store must do without.
        methods.iVersion = 1
        methods.xClose = { file in
            guard let entry = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            FaultyVFS.open.withLock { $0[UInt(bitPattern: file)] = nil }
            return entry.methods.pointee.xClose(file)
        }
        methods.xRead = { file, bytes, count, offset in
            FaultyVFS.perform(.read, file) { $0.xRead(file, bytes, count, offset) }
        }
        methods.xWrite = { file, bytes, count, offset in
            guard let entry = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
            let code = entry.disk.willWrite(entry.path, buffer, at: Int(offset))
            return code == SQLITE_OK ? entry.methods.pointee.xWrite(file, bytes, count, offset) : code
        }
        methods.xTruncate = { file, size in
            guard let entry = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            let code = entry.disk.willTruncate(entry.path, to: Int(size))
            return code == SQLITE_OK ? entry.methods.pointee.xTruncate(file, size) : code
        }
        methods.xSync = { file, flags in
            guard let entry = FaultyVFS.entry(file) else { return SQLITE_IOERR }
            let code = entry.disk.willSync(entry.path)
            return code == SQLITE_OK ? entry.methods.pointee.xSync(file, flags) : code
        }
        methods.xFileSize = { file, size in FaultyVFS.perform(.size, file) { $0.xFileSize(file, size) } }
        methods.xLock = { file, level in FaultyVFS.perform(.lock, file) { $0.xLock(file, level) } }
        methods.xUnlock = { file, level in FaultyVFS.perform(.unlock, file) { $0.xUnlock(file, level) } }
        methods.xCheckReservedLock = { file, out in
            FaultyVFS.perform(.lock, file) { $0.xCheckReservedLock(file, out) }
        }
        methods.xFileControl = { file, operation, argument in
            FaultyVFS.entry(file)?.methods.pointee.xFileControl(file, operation, argument) ?? SQLITE_NOTFOUND
        }
        methods.xSectorSize = { file in FaultyVFS.entry(file)?.methods.pointee.xSectorSize(file) ?? 4096 }
        methods.xDeviceCharacteristics = { file in
            FaultyVFS.entry(file)?.methods.pointee.xDeviceCharacteristics(file) ?? 0
        }
        table.initialize(to: methods)
        return UnsafePointer(table)
    }()

    private static func perform(
        _ operation: DiskOperation, _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (sqlite3_io_methods) -> CInt
    ) -> CInt {
        guard let entry = entry(file) else { return SQLITE_IOERR }
        let code = entry.disk.willDo(operation)
        return code == SQLITE_OK ? body(entry.methods.pointee) : code
    }

    private static func entry(_ file: UnsafeMutablePointer<sqlite3_file>?) -> OpenFile? {
        open.withLock { $0[UInt(bitPattern: file)] }
    }
}
