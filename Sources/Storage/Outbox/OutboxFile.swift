internal import GatewayModel

/// The tables of `outbox.sqlite`. Knows SQL and bytes; what is written when is ``Outbox``'s business.
///
/// Never leaves ``Outbox``; every call blocks on the disk.
/// @unchecked: for the same reason as ``Connection``.
final class OutboxFile: @unchecked Sendable {
    static let applicationID: Int64 = 0x4447_4f42  // "DGOB"
    static let schemaVersion: Int64 = 1

    let connection: Connection
    let layout: StoreLayout
    let epoch: Epoch
    let isNew: Bool

    /// Opens the file, or creates it with a new epoch.
    /// - Throws: a code that `meansDamage` when the file is there but is not a store of this version.
    init(path: String, layout: StoreLayout, vfs: String? = nil) throws(StorageError) {
        let connection = try Connection(path: path, vfs: vfs)
        try connection.configure(pageSize: layout.pageSize, pages: layout.pages)
        let version = try connection.pragma("user_version")
        let application = try connection.pragma("application_id")
        let isEmpty = try connection.isEmpty
        isNew = version == 0 && application == 0 && isEmpty
        if isNew {
            try Self.create(in: connection)
        } else if version != Self.schemaVersion || application != Self.applicationID {
            throw .notAStore("application \(application), schema \(version)")
        }
        let bytes = try connection.first("SELECT value FROM store WHERE key = 'epoch'") { $0.blob(0) }
        guard let bytes, let epoch = Epoch(bytes: bytes) else { throw .notAStore("no epoch") }
        self.epoch = epoch
        self.connection = connection
        self.layout = layout
    }

    /// Only to ask a file that is to be set aside.
    init(reading connection: Connection, epoch: Epoch) throws(StorageError) {
        self.connection = connection
        self.epoch = epoch
        layout = StoreLayout(size: 0)
        isNew = false
    }

    private static func create(in connection: Connection) throws(StorageError) {
        try connection.transaction { () throws(StorageError) in
            for statement in schema { try connection.run(statement) }
            try connection.run("PRAGMA application_id = \(applicationID)")
            try connection.run("PRAGMA user_version = \(schemaVersion)")
            try connection.run("INSERT INTO store VALUES ('epoch', ?)", .blob(Epoch.random().bytes))
        }
    }

    /// Sources/Storage/README.md explains the columns.
    private static let schema = [
        "CREATE TABLE store (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        "CREATE TABLE batches (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
        """
        CREATE TABLE receivers (id TEXT PRIMARY KEY, acknowledged BLOB NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID
        """,
        """
        CREATE TABLE dictionaries (
            id BLOB PRIMARY KEY, first_sequence INTEGER NOT NULL, last_sequence INTEGER, json BLOB NOT NULL)
        """,
        """
        CREATE TABLE boots (
            id BLOB PRIMARY KEY, first_sequence INTEGER NOT NULL, released_through INTEGER NOT NULL,
            anchor_boottime INTEGER, anchor_realtime INTEGER, anchor_error INTEGER,
            unstamped_from INTEGER, unstamped_to INTEGER) WITHOUT ROWID
        """,
        "CREATE TABLE gaps (id INTEGER PRIMARY KEY, reason INTEGER NOT NULL, from_time BLOB, to_time BLOB)",
    ]
}

extension StorageError {
    static func notAStore(_ message: String) -> StorageError {
        StorageError(
            .retryLater, code: .notADatabase, operation: "open", message: "not a store of this version: \(message)")
    }
}
