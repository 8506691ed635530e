internal import CLinux
internal import CSQLite

/// What this whole process has allocated.
package enum HeapUse {
    /// Bytes that malloc has given out.
    package static var bytes: Int { Int(clamping: CLinux_heap_in_use()) }
    /// Those of them that are SQLite's.
    package static var bytesOfSQLite: Int { Int(sqlite3_memory_used()) }
}
