internal import GatewayModel

/// The tables of `history.sqlite`. Every call blocks on the disk.
final class HistoryFile {
    static let name = "history.sqlite"
    private static let applicationID: Int64 = 0x4447_4849  // "DGHI"

    /// A row: which span of which dictionary's points.
    struct Key: Hashable, Sendable {
        var number: Int64
        var dictionary: DictionaryID
    }

    enum Table: String { case quarters, days }

    let connection: Connection

    /// - Throws: a code that `meansDamage` when the file is there but is no history of this version.
    init(path: String, pages: Int64, vfs: String?) throws(StorageError) {
        connection = try Connection(path: path, vfs: vfs)
        try connection.configure(pageSize: 1024, pages: pages)
        let version = try connection.pragma("user_version")
        let application = try connection.pragma("application_id")
        if try connection.isEmpty {
            try Self.create(in: connection)
        } else if version != 1 || application != Self.applicationID {
            throw .notAStore("not a history of this version")
        }
    }

    private static func create(in connection: Connection) throws(StorageError) {
        try connection.transaction { () throws(StorageError) in
            for table in ["quarters", "days"] {
                try connection.run(
                    "CREATE TABLE \(table) (number INTEGER, dictionary BLOB, record BLOB NOT NULL,"
                        + " PRIMARY KEY (number, dictionary))")
            }
            try connection.run("CREATE TABLE dictionaries (id BLOB PRIMARY KEY, added INTEGER, packed BLOB)")
            try connection.run("PRAGMA application_id = \(applicationID)")
            try connection.run("PRAGMA user_version = 1")
        }
    }

    func record(_ key: Key, in table: Table) throws(StorageError) -> [UInt8]? {
        try connection.first(
            "SELECT record FROM \(table.rawValue) WHERE number = ? AND dictionary = ?", .integer(key.number),
            .blob(key.dictionary.bytes)
        ) { $0.blob(0) }
    }

    func save(_ record: [UInt8], as key: Key, in table: Table) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO \(table.rawValue) VALUES (?, ?, ?)", .integer(key.number),
            .blob(key.dictionary.bytes), .blob(record))
    }

    func delete(_ key: Key, in table: Table) throws(StorageError) {
        try connection.run(
            "DELETE FROM \(table.rawValue) WHERE number = ? AND dictionary = ?", .integer(key.number),
            .blob(key.dictionary.bytes))
    }

    func forget(before number: Int64, in table: Table) throws(StorageError) {
        try connection.run("DELETE FROM \(table.rawValue) WHERE number < ?", .integer(number))
    }

    /// Keys of a range, oldest first.
    func keys(
        _ range: ClosedRange<Int64>, in table: Table, limit: Int = .max
    ) throws(StorageError) -> [Key] {
        try connection.rows(
            "SELECT number, dictionary FROM \(table.rawValue) WHERE number BETWEEN ? AND ? ORDER BY number LIMIT ?",
            .integer(range.lowerBound), .integer(range.upperBound), .integer(Int64(limit))
        ) { row -> Key? in
            DictionaryID(bytes: row.blob(1)).map { Key(number: row.integer(0), dictionary: $0) }
        }.compactMap { $0 }
    }

    // MARK: Dictionaries

    func hasDictionary(_ id: DictionaryID) throws(StorageError) -> Bool {
        try connection.first("SELECT 1 FROM dictionaries WHERE id = ?", .blob(id.bytes)) { $0.integer(0) } != nil
    }

    func dictionary(_ id: DictionaryID) throws(StorageError) -> [UInt8]? {
        try connection.first("SELECT packed FROM dictionaries WHERE id = ?", .blob(id.bytes)) { $0.blob(0) }
    }

    /// Keeps the newest ones that rows may need.
    func add(_ packed: [UInt8], as id: DictionaryID) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO dictionaries VALUES (?, (SELECT ifnull(max(added), 0) + 1 FROM dictionaries), ?)",
            .blob(id.bytes), .blob(packed))
        try connection.run(
            "DELETE FROM dictionaries WHERE added <= (SELECT max(added) FROM dictionaries) - ?",
            .integer(HistoryLimits.dictionaries))
    }
}
