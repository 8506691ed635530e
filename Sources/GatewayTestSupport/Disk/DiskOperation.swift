internal import CSQLite

/// What SQLite asks of a disk, and the extended result code of its failure (https://sqlite.org/rescode.html); macros
/// that Swift does not import.
package enum DiskOperation: Hashable, CaseIterable, Sendable {
    case open, read, write, truncate, sync, size, lock, unlock, delete, access

    var errorCode: CInt {
        switch self {
        case .open: SQLITE_CANTOPEN
        case .read: SQLITE_IOERR | (1 << 8)
        case .write: SQLITE_IOERR | (3 << 8)
        case .sync: SQLITE_IOERR | (4 << 8)
        case .truncate: SQLITE_IOERR | (6 << 8)
        case .size: SQLITE_IOERR | (7 << 8)
        case .unlock: SQLITE_IOERR | (8 << 8)
        case .delete: SQLITE_IOERR | (10 << 8)
        case .access: SQLITE_IOERR | (13 << 8)
        case .lock: SQLITE_IOERR | (15 << 8)
        }
    }
}
