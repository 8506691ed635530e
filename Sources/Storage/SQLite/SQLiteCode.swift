internal import CSQLite

/// A result code under SQLite's own name (https://sqlite.org/rescode.html); extended codes carry the primary one in
/// their low 8 bits.
package struct SQLiteCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package var rawValue: CInt
    package init(rawValue: CInt) { self.rawValue = rawValue }

    package static let ok = SQLiteCode(rawValue: SQLITE_OK)
    package static let row = SQLiteCode(rawValue: SQLITE_ROW)
    package static let done = SQLiteCode(rawValue: SQLITE_DONE)
    package static let error = SQLiteCode(rawValue: SQLITE_ERROR)
    package static let busy = SQLiteCode(rawValue: SQLITE_BUSY)
    package static let readonly = SQLiteCode(rawValue: SQLITE_READONLY)
    package static let ioError = SQLiteCode(rawValue: SQLITE_IOERR)
    package static let corrupt = SQLiteCode(rawValue: SQLITE_CORRUPT)
    package static let full = SQLiteCode(rawValue: SQLITE_FULL)
    package static let cannotOpen = SQLiteCode(rawValue: SQLITE_CANTOPEN)
    package static let tooBig = SQLiteCode(rawValue: SQLITE_TOOBIG)
    package static let constraint = SQLiteCode(rawValue: SQLITE_CONSTRAINT)
    package static let misuse = SQLiteCode(rawValue: SQLITE_MISUSE)
    package static let notADatabase = SQLiteCode(rawValue: SQLITE_NOTADB)

    /// The code without its extension: `SQLITE_IOERR_FSYNC` -> `SQLITE_IOERR`.
    package var primary: SQLiteCode { SQLiteCode(rawValue: rawValue & 0xff) }

    /// The bytes in the file are not a sound database, or not what this program would have written: no statement of
    /// ours breaks a constraint on a file that is as it was left.
    package var meansDamage: Bool { [.corrupt, .notADatabase, .constraint].contains(primary) }

    package var description: String {
        let name = Self.names[primary.rawValue] ?? "SQLITE_\(primary.rawValue)"
        return rawValue == primary.rawValue ? name : "\(name) (\(rawValue))"
    }

    private static let names: [CInt: String] = [
        SQLITE_OK: "SQLITE_OK", SQLITE_ERROR: "SQLITE_ERROR", SQLITE_PERM: "SQLITE_PERM",
        SQLITE_BUSY: "SQLITE_BUSY", SQLITE_LOCKED: "SQLITE_LOCKED", SQLITE_NOMEM: "SQLITE_NOMEM",
        SQLITE_READONLY: "SQLITE_READONLY", SQLITE_IOERR: "SQLITE_IOERR", SQLITE_CORRUPT: "SQLITE_CORRUPT",
        SQLITE_FULL: "SQLITE_FULL", SQLITE_CANTOPEN: "SQLITE_CANTOPEN", SQLITE_PROTOCOL: "SQLITE_PROTOCOL",
        SQLITE_SCHEMA: "SQLITE_SCHEMA", SQLITE_TOOBIG: "SQLITE_TOOBIG", SQLITE_CONSTRAINT: "SQLITE_CONSTRAINT",
        SQLITE_MISMATCH: "SQLITE_MISMATCH", SQLITE_MISUSE: "SQLITE_MISUSE", SQLITE_NOTADB: "SQLITE_NOTADB",
    ]
}
