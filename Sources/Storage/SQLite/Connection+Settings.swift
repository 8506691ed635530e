extension Connection {
    /// The settings of every file of ours, and why (library facts 4.1 to 4.4). Page size and vacuum mode only take
    /// hold while the file is empty.
    func configure(pageSize: Int64, pages: Int64) throws(StorageError) {
        // First of all: a file that is in WAL mode already is opened by the first statement that reads it, and only in
        // exclusive mode without a -shm file, hence without a second connection and the WAL-reset bug (4.1).
        try run("PRAGMA locking_mode = EXCLUSIVE")
        try run("PRAGMA page_size = \(pageSize)")
        // Free pages are the spare capacity; returning them to the file system costs more than it gives.
        try run("PRAGMA auto_vacuum = NONE")
        let mode = try first("PRAGMA journal_mode = WAL") { $0.text(0) }
        guard mode == "wal" else {
            throw StorageError(
                .retryLater, code: .readonly, operation: "PRAGMA journal_mode = WAL",
                message: "stays \(mode ?? "unknown")")
        }
        try run("PRAGMA synchronous = FULL")
        // On in Debian's build; it would write a drained backlog ten times (4.3).
        try run("PRAGMA secure_delete = 0")
        try run("PRAGMA journal_size_limit = -1")
        try run("PRAGMA max_page_count = \(pages)")
        // KiB: several batches of the usual size, as a page is written once and read once. The default is 2 MB.
        try run("PRAGMA cache_size = -256")
        try run("PRAGMA mmap_size = 0")
        try run("PRAGMA cell_size_check = ON")
        try run("PRAGMA trusted_schema = OFF")
        persistWAL()
    }

    func pragma(_ name: String) throws(StorageError) -> Int64 {
        try first("PRAGMA \(name)") { $0.integer(0) } ?? 0
    }

    /// No table has been made yet.
    var isEmpty: Bool {
        get throws(StorageError) { try pragma("schema_version") == 0 }
    }

    /// Reads every page and checks its structure; takes as long as reading the file does.
    func verify() throws(StorageError) {
        let answer = try first("PRAGMA quick_check(1)") { $0.text(0) }
        guard answer == "ok" else {
            throw StorageError(
                .retryLater, code: .corrupt, operation: "PRAGMA quick_check", message: answer ?? "no answer")
        }
    }
}
