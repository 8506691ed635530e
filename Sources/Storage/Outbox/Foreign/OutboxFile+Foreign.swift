internal import GatewayModel
internal import Telemetry

extension OutboxFile {
    /// Tables that came after version 1 of the schema; a program that does not know them leaves them alone.
    private static let additions = [
        """
        CREATE TABLE foreign_epochs (
            slot INTEGER PRIMARY KEY, epoch BLOB NOT NULL, taken BLOB NOT NULL, stored BLOB NOT NULL)
        """,
        """
        CREATE TABLE foreign_acknowledged (
            slot INTEGER, receiver TEXT, acknowledged BLOB NOT NULL, PRIMARY KEY (slot, receiver)) WITHOUT ROWID
        """,
        "CREATE TABLE foreign_batches (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
        "CREATE TABLE foreign_dictionaries (id BLOB PRIMARY KEY, json BLOB NOT NULL)",
        "CREATE TABLE salvages (name TEXT, epoch BLOB, expected BLOB, done INTEGER NOT NULL)",
        "CREATE TABLE totals (key TEXT PRIMARY KEY, value INTEGER NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID",
    ]

    /// Makes the tables that an older program did not make.
    func addTables() throws(StorageError) {
        let found = try connection.first("SELECT count(*) FROM sqlite_schema WHERE name = 'totals'") { $0.integer(0) }
        guard found == 0 else { return }
        try connection.transaction { () throws(StorageError) in
            for statement in Self.additions { try connection.run(statement) }
        }
    }

    func foreignEpochs(receivers: [OutboxReceiver]) throws(StorageError) -> [ForeignEpoch] {
        let rows = try connection.rows("SELECT slot, epoch, taken, stored FROM foreign_epochs ORDER BY slot") {
            ($0.integer(0), $0.blob(1), $0.blob(2), $0.blob(3))
        }
        var epochs: [ForeignEpoch] = []
        for (slot, bytes, taken, stored) in rows {
            guard let epoch = Epoch(bytes: bytes), let taken = SequenceSet(encoded: taken),
                let stored = SequenceSet(encoded: stored)
            else { throw .notAStore("bad row of a foreign epoch") }
            var foreign = ForeignEpoch(slot: slot, epoch: epoch, receivers: receivers)
            foreign.taken = taken
            foreign.index.stored = stored
            foreign.index.lastSequence = taken.last ?? 0
            for position in foreign.index.receivers.indices {
                let bytes = try connection.first(
                    "SELECT acknowledged FROM foreign_acknowledged WHERE slot = ? AND receiver = ?", .integer(slot),
                    .text(foreign.index.receivers[position].id)
                ) { $0.blob(0) }
                foreign.index.receivers[position].acknowledged = SequenceSet(encoded: bytes ?? []) ?? SequenceSet()
            }
            epochs.append(foreign)
        }
        return epochs
    }

    func save(_ foreign: ForeignEpoch) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO foreign_epochs VALUES (?, ?, ?, ?)", .integer(foreign.slot),
            .blob(foreign.epoch.bytes), .blob(foreign.taken.encoded), .blob(foreign.index.stored.encoded))
        for receiver in foreign.index.receivers {
            try connection.run(
                "INSERT OR REPLACE INTO foreign_acknowledged VALUES (?, ?, ?)", .integer(foreign.slot),
                .text(receiver.id), .blob(receiver.acknowledged.encoded))
        }
    }

    func forget(_ foreign: ForeignEpoch) throws(StorageError) {
        try connection.run("DELETE FROM foreign_acknowledged WHERE slot = ?", .integer(foreign.slot))
        try connection.run("DELETE FROM foreign_epochs WHERE slot = ?", .integer(foreign.slot))
    }

    func insert(_ batch: StoredBatch, of foreign: ForeignEpoch) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO foreign_batches VALUES (?, ?)", .integer(foreign.rowID(batch.key.sequence)),
            .blob(batch.bytes))
    }

    func delete(_ range: ClosedRange<UInt64>, of foreign: ForeignEpoch) throws(StorageError) {
        try connection.run(
            "DELETE FROM foreign_batches WHERE id BETWEEN ? AND ?", .integer(foreign.rowID(range.lowerBound)),
            .integer(foreign.rowID(range.upperBound)))
    }

    /// Checked like ``envelope(of:)``; nil: not there.
    func envelope(of sequence: UInt64, in foreign: ForeignEpoch) throws(StorageError) -> (BatchEnvelope, [UInt8])? {
        let bytes = try connection.first(
            "SELECT bytes FROM foreign_batches WHERE id = ?", .integer(foreign.rowID(sequence))
        ) { $0.blob(0) }
        guard let bytes else { return nil }
        do {
            let envelope = try BatchEnvelope.decode(bytes)
            guard envelope.key == BatchKey(epoch: foreign.epoch, sequence: sequence) else {
                throw BatchFormatError("another batch's key")
            }
            return (envelope, bytes)
        } catch {
            throw StorageError(.giveUp, code: .corrupt, operation: "foreign batch \(sequence)", message: "\(error)")
        }
    }

    // MARK: Dictionaries

    func foreignJSON(of id: DictionaryID) throws(StorageError) -> [UInt8]? {
        try connection.first("SELECT json FROM foreign_dictionaries WHERE id = ?", .blob(id.bytes)) { $0.blob(0) }
    }

    /// The dictionaries of foreign batches are kept until the last of those batches has gone.
    func keepForeign(_ id: DictionaryID, json: [UInt8]) throws(StorageError) {
        try connection.run(
            "INSERT OR IGNORE INTO foreign_dictionaries VALUES (?, ?)", .blob(id.bytes), .blob(json))
    }

    /// The same for one that this store uses itself.
    func keepForeign(_ id: DictionaryID) throws(StorageError) {
        try connection.run(
            "INSERT OR IGNORE INTO foreign_dictionaries SELECT id, json FROM dictionaries WHERE id = ?",
            .blob(id.bytes))
    }

    func foreignDictionaryCount() throws(StorageError) -> Int64 {
        try connection.first("SELECT count(*) FROM foreign_dictionaries") { $0.integer(0) } ?? 0
    }

    func forgetForeignDictionaries() throws(StorageError) { try connection.run("DELETE FROM foreign_dictionaries") }
}
