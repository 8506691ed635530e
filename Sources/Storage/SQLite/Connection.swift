internal import CSQLite

/// Owns the one connection to one database file, in WAL mode, for one thread at a time.
///
/// Never leaves the actor that opened it. Every call blocks on the disk.
/// @unchecked: Swift 6.2 does not see that a transaction's closure stays on that actor (6.3 does).
final class Connection: @unchecked Sendable {
    let path: String
    private let handle: OpaquePointer
    /// By SQL text. Bounded, as every text is a literal of this target.
    private var statements: [String: Statement] = [:]
    /// Frames in the WAL after the last commit; written by SQLite's hook on this thread.
    private let walFrameCount: UnsafeMutablePointer<CInt>
    /// Statements run so far, for tests that count work instead of timing it.
    private(set) var statementsRun = 0
    /// Rows that SQLite stepped over for want of an index, for the same tests.
    var fullScanSteps: Int {
        statements.values.reduce(0) {
            $0 + Int(sqlite3_stmt_status($1.handle, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0))
        }
    }

    /// Opens or creates the file.
    /// - Parameter vfs: nil for the system's own; tests give one that fails on demand.
    init(path: String, vfs: String? = nil) throws(StorageError) {
        // One thread at a time by design (an actor's), so SQLite's own mutexes are not needed.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, flags, vfs)
        guard let opened, result == SQLITE_OK else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw Self.error(SQLiteCode(rawValue: result), "sqlite3_open_v2 \(path)", message)
        }
        self.path = path
        handle = opened
        CSQLite_no_checkpoint_on_close(opened)
        walFrameCount = .allocate(capacity: 1)
        walFrameCount.initialize(to: 0)
        sqlite3_wal_hook(
            opened,
            { context, _, _, frames in
                context?.assumingMemoryBound(to: CInt.self).pointee = frames
                return SQLITE_OK
            }, walFrameCount)
    }

    /// Writes nothing: after an error, what SQLite holds is not to be believed. Who wants the WAL in the file calls
    /// ``checkpoint()`` first.
    deinit {
        statements.removeAll()
        sqlite3_close_v2(handle)
        walFrameCount.deallocate()
    }

    /// Frames that a checkpoint would move; 0 after a restart of the log.
    var walFrames: Int { Int(walFrameCount.pointee) }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    func run(_ sql: String, _ values: SQLiteValue...) throws(StorageError) {
        _ = try step(sql, values) { _ in () }
    }

    /// All rows. The statement is reset before this returns, so no read transaction outlives the call and every
    /// checkpoint can finish.
    func rows<T>(_ sql: String, _ values: SQLiteValue..., read: (borrowing Row) -> T) throws(StorageError) -> [T] {
        try step(sql, values, read: read)
    }

    /// The first row, if there is one.
    func first<T>(_ sql: String, _ values: SQLiteValue..., read: (borrowing Row) -> T) throws(StorageError) -> T? {
        try step(sql, values, limit: 1, read: read).first
    }

    /// Row by row; what came before an error has been handed over.
    func each(_ sql: String, read: (borrowing Row) -> Void) throws(StorageError) { _ = try step(sql, [], read: read) }

    /// Rows that the last INSERT, UPDATE or DELETE touched.
    var changes: Int { Int(sqlite3_changes64(handle)) }

    /// Runs `body` in one transaction: all of it is durable when this returns, or none of it happened. When COMMIT
    /// itself failed with an I/O error, only a reopened file tells which.
    func transaction<T>(_ body: () throws(StorageError) -> T) throws(StorageError) -> T {
        try run("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // Some errors have rolled back already.
            if sqlite3_get_autocommit(handle) == 0 { try? run("ROLLBACK") }
            throw error
        }
    }

    /// Moves the WAL into the database file; the next commit begins the WAL file anew from its start.
    func checkpoint() throws(StorageError) {
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard result == SQLITE_OK else { throw error(result, "sqlite3_wal_checkpoint_v2") }
        walFrameCount.pointee = 0
    }

    /// The same; says how many frames SQLite takes the WAL to have. A damaged one has more.
    func checkpointedFrames() throws(StorageError) -> Int {
        var frames: CInt = 0
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &frames, nil)
        guard result == SQLITE_OK else { throw error(result, "sqlite3_wal_checkpoint_v2") }
        walFrameCount.pointee = 0
        return Int(max(0, frames))
    }

    /// Checkpoints and cuts the WAL file to nothing. Not for everyday: a WAL that must grow again costs more than half
    /// of all writing (library facts 4.2).
    func truncateWAL() throws(StorageError) {
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard result == SQLITE_OK else { throw error(result, "sqlite3_wal_checkpoint_v2") }
        walFrameCount.pointee = 0
    }

    /// Checkpoints. A WAL whose first frame is not whole, since the power went while it was written, is cut to nothing:
    /// SQLite takes it to be empty and would go on under the same salts, so that what is left of the old frames behind
    /// the new ones could be taken for newer. Cutting it gives new salts.
    func cutTornWAL() throws(StorageError) {
        guard try checkpointedFrames() == 0, PageFile.hasFrames("\(path)-wal") else { return }
        try truncateWAL()
    }

    /// Keeps the WAL file on close: its blocks stay ours, and the next start need not grow it again (library facts
    /// 4.2: growing files are the hidden cost).
    func persistWAL() {
        var on: CInt = 1
        sqlite3_file_control(handle, nil, SQLITE_FCNTL_PERSIST_WAL, &on)
    }

    private func step<T>(
        _ sql: String, _ values: [SQLiteValue], limit: Int = .max, read: (borrowing Row) -> T
    ) throws(StorageError) -> [T] {
        let statement = try prepared(sql)
        statementsRun += 1
        defer {
            sqlite3_reset(statement.handle)
            sqlite3_clear_bindings(statement.handle)
        }
        let bound = statement.bind(values)
        guard bound == SQLITE_OK else { throw error(bound, sql) }
        var rows: [T] = []
        while rows.count < limit {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW: rows.append(read(Row(handle: statement.handle)))
            case SQLITE_DONE: return rows
            case let code: throw error(code, sql)
            }
        }
        return rows
    }

    private func prepared(_ sql: String) throws(StorageError) -> Statement {
        if let statement = statements[sql] { return statement }
        var prepared: OpaquePointer?
        let result = sqlite3_prepare_v3(handle, sql, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard let prepared, result == SQLITE_OK else {
            // Our own SQL does not fit our own tables: the schema's bytes are damaged.
            throw error(result == SQLITE_ERROR ? SQLITE_CORRUPT : result, sql)
        }
        let statement = Statement(handle: prepared, sql: sql)
        statements[sql] = statement
        return statement
    }

    private func error(_ code: CInt, _ operation: String) -> StorageError {
        Self.error(SQLiteCode(rawValue: code), operation, String(cString: sqlite3_errmsg(handle)))
    }

    private static func error(_ code: SQLiteCode, _ operation: String, _ message: String) -> StorageError {
        let isOurs = [.tooBig, .misuse].contains(code.primary)
        return StorageError(isOurs ? .giveUp : .retryLater, code: code, operation: operation, message: message)
    }
}
