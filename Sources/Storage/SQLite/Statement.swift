internal import CSQLite

/// Owns one prepared statement. Not Sendable: it stays with the actor that owns its ``Connection``.
final class Statement {
    let handle: OpaquePointer
    let sql: String

    init(handle: OpaquePointer, sql: String) {
        self.handle = handle
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    func bind(_ values: [SQLiteValue]) -> CInt {
        for (index, value) in values.enumerated() {
            let position = CInt(index + 1)
            let result =
                switch value {
                case .null: sqlite3_bind_null(handle, position)
                case .integer(let integer): sqlite3_bind_int64(handle, position, integer)
                case .text(let text): CSQLite_bind_text_copy(handle, position, text, CInt(text.utf8.count))
                // A null pointer would bind NULL, so an empty blob is bound as zeros of length 0.
                case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(handle, position, 0)
                case .blob(let bytes): CSQLite_bind_blob_copy(handle, position, bytes, CInt(bytes.count))
                }
            if result != SQLITE_OK { return result }
        }
        return SQLITE_OK
    }
}

/// The row that a statement stands on; valid only inside the closure that it is given to.
struct Row: ~Copyable {
    let handle: OpaquePointer

    func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(handle, column) }

    func optionalInteger(_ column: CInt) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : sqlite3_column_int64(handle, column)
    }

    func text(_ column: CInt) -> String {
        sqlite3_column_text(handle, column).map { String(cString: $0) } ?? ""
    }

    /// Empty for NULL.
    func blob(_ column: CInt) -> [UInt8] {
        guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
