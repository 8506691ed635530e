/// The one table of `state.sqlite`. Each value carries a checksum: SQLite itself does not notice a flipped bit in one
/// (library facts 4.6).
enum StateFile {
    static let version: Int64 = 2

    /// Opens or creates the file, and checks it whole: it is small.
    /// - Returns: also how many values a damaged WAL had hidden; they are in the file now.
    /// - Throws: a code that `meansDamage` when it is there but is not a state file.
    static func open(
        _ path: String, pages: Int64, vfs: String?
    ) throws(StorageError) -> (Connection, hidden: Int) {
        let connection = try Connection(path: path, vfs: vfs)
        try connection.configure(pageSize: 1024, pages: pages)
        let (hidden, isTorn) = try hidden(in: connection)
        if try connection.isEmpty {
            try connection.transaction { () throws(StorageError) in
                try connection.run(
                    """
                    CREATE TABLE state (
                        namespace TEXT, key TEXT, value BLOB NOT NULL, checksum INTEGER,
                        PRIMARY KEY (namespace, key)) WITHOUT ROWID
                    """)
                try connection.run("PRAGMA application_id = \(0x4447_5354)")  // "DGST"
                try connection.run("PRAGMA user_version = \(version)")
            }
        }
        switch try connection.pragma("user_version") {
        case version: break
        case 1:
            // Values of version 1 have no checksum; they get one when they are written next.
            try connection.transaction { () throws(StorageError) in
                try connection.run("ALTER TABLE state ADD COLUMN checksum INTEGER")
                try connection.run("PRAGMA user_version = \(version)")
            }
        default: throw .notAStore("schema of another version")
        }
        try connection.verify()
        if !hidden.isEmpty {
            try connection.transaction { () throws(StorageError) in
                for (key, value) in hidden { try write(value, as: key, to: connection) }
            }
        }
        // SQLite may go on under the same salts, and what is left of the old frames would hide behind the new ones: values
        // of long ago that look like the newest.
        if isTorn { try connection.truncateWAL() }
        return (connection, hidden.count)
    }

    static func write(_ value: [UInt8], as key: StateKey, to connection: Connection) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)", .text(key.namespace), .text(key.key), .blob(value),
            .integer(key.checksum(of: value)))
    }

    /// Values behind the damage of a WAL, from which SQLite shows nothing and says nothing: newer than what it shows.
    /// Frames and values prove themselves by their checksums. Call it before the first write, which overwrites them.
    /// - Returns: also whether there are such frames, with values in them or not.
    private static func hidden(
        in connection: Connection
    ) throws(StorageError) -> (values: [StateKey: [UInt8]], isTorn: Bool) {
        let seen = try connection.checkpointedFrames()
        let pages = PageFile(path: nil, log: "\(connection.path)-wal")
        guard pages.frames.count > seen else { return ([:], false) }
        let scan = RecordScan(pages: pages)
        var found: [StateKey: [UInt8]] = [:]
        for frame in seen..<pages.frames.count {
            guard pages.isWhole(frame), let image = pages.image(frame) else { continue }
            for record in scan.indexRecords(in: image) {
                guard record.count == 4, let namespace = record[0].bytes, let name = record[1].bytes,
                    let value = record[2].bytes, let checksum = record[3].integer
                else { continue }
                let key = StateKey(String(decoding: namespace, as: UTF8.self), String(decoding: name, as: UTF8.self))
                if key.checksum(of: value) == checksum { found[key] = value }
            }
        }
        return (found, true)
    }

    static func values(
        in connection: Connection
    ) throws(StorageError) -> (sound: [StateKey: [UInt8]], damaged: Set<StateKey>) {
        var sound: [StateKey: [UInt8]] = [:]
        var damaged: Set<StateKey> = []
        let rows = try connection.rows("SELECT namespace, key, value, checksum FROM state") { Entry($0) }
        for entry in rows {
            if entry.isSound { sound[entry.key] = entry.value } else { damaged.insert(entry.key) }
        }
        return (sound, damaged)
    }

    /// What a damaged file still gives, walked from both ends, as a damaged page ends a walk.
    static func rescue(_ path: String, vfs: String?) -> [StateKey: [UInt8]] {
        guard let connection = try? Connection(path: path, vfs: vfs),
            (try? connection.run("PRAGMA locking_mode = EXCLUSIVE")) != nil
        else { return [:] }
        var found: [StateKey: [UInt8]] = [:]
        for order in ["ASC", "DESC"] {
            let columns = "namespace, key, value, checksum"
            try? connection.each("SELECT \(columns) FROM state ORDER BY namespace \(order), key \(order)") { row in
                let entry = Entry(row)
                // Without a checksum nothing of a damaged file is believed.
                if entry.isSound, entry.checksum != nil { found[entry.key] = entry.value }
            }
        }
        return found
    }

    private struct Entry {
        let key: StateKey
        let value: [UInt8]
        let checksum: Int64?

        init(_ row: borrowing Row) {
            key = StateKey(row.text(0), row.text(1))
            value = row.blob(2)
            checksum = row.optionalInteger(3)
        }

        var isSound: Bool { checksum.map { $0 == key.checksum(of: value) } ?? true }
    }
}

struct StateKey: Hashable, Sendable {
    var namespace: String
    var key: String

    init(_ namespace: String, _ key: String) {
        self.namespace = namespace
        self.key = key
    }

    var size: Int { namespace.utf8.count + key.utf8.count }

    func checksum(of value: [UInt8]) -> Int64 {
        Int64(bitPattern: Checksum.of(Array(namespace.utf8) + [0] + Array(key.utf8) + [0] + value))
    }
}
