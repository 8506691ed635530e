internal import GatewayModel

extension OutboxFile {
    /// Which batches are stored and who acknowledged what, without looking at the batches: the sets as they were when
    /// something was last deleted, and all numbers since.
    ///
    /// Receivers are matched by id; a new one gets every batch that is stored.
    func loadIndex(receivers: [OutboxReceiver]) throws(StorageError) -> OutboxIndex {
        var index = OutboxIndex(receivers: receivers)
        let saved = try integer("last_sequence").map { UInt64(clamping: $0) } ?? 0
        guard let stored = SequenceSet(encoded: try blob("stored") ?? []) else {
            throw .notAStore("bad set of batches")
        }
        index.stored = stored
        index.lastSequence = saved
        if let bounds = try bounds() {
            if bounds.upperBound > saved { index.stored.insert((saved + 1)...bounds.upperBound) }
            index.lastSequence = max(saved, bounds.upperBound)
        }
        if try bounds()?.lowerBound != index.stored.first {
            // The sets do not fit the table: count the batches themselves.
            let numbers = try connection.rows("SELECT sequence FROM batches") { UInt64(clamping: $0.integer(0)) }
            index.stored = SequenceSet(numbers.map { $0...$0 })
        }
        index.regions = BatchRegions(encoded: try blob("regions") ?? [], stored: index.stored)
        index.noteUrgent((SequenceSet(encoded: try blob("urgent") ?? []) ?? SequenceSet()).intersection(index.stored))
        for position in index.receivers.indices {
            let id = index.receivers[position].id
            let bytes = try connection.first("SELECT acknowledged FROM receivers WHERE id = ?", .text(id)) {
                $0.blob(0)
            }
            // A set that cannot be read only means that batches are sent again.
            index.receivers[position].acknowledged = SequenceSet(encoded: bytes ?? []) ?? SequenceSet()
        }
        return index
    }

    /// Writes the sets; in the same transaction as the deletion that changed them.
    func save(_ index: OutboxIndex, lastReading: BatchTime?) throws(StorageError) {
        try set("last_sequence", .integer(Int64(clamping: index.lastSequence)))
        try set("stored", .blob(index.stored.encoded))
        try set("last_reading", .optional(lastReading?.encoded))
        try saveRegions(of: index)
        try saveUrgent(of: index)
        for receiver in index.receivers {
            try connection.run(
                "INSERT OR REPLACE INTO receivers VALUES (?, ?, ?)", .text(receiver.id),
                .blob(receiver.acknowledged.encoded), .integer(Int64(clamping: index.lastSequence)))
        }
    }

    /// In the transaction that stores a batch with alarms, too.
    func saveUrgent(of index: OutboxIndex) throws(StorageError) {
        if try blob("urgent") ?? [] != index.urgent.encoded { try set("urgent", .blob(index.urgent.encoded)) }
    }

    /// Takes the newest batches out of the sets again, as if their numbers had never been given.
    func forget(_ newest: SequenceSet) throws(StorageError) {
        guard let first = newest.first, let saved = try integer("last_sequence"), saved >= Int64(clamping: first),
            var stored = SequenceSet(encoded: try blob("stored") ?? [])
        else { return }
        for range in newest.ranges { stored.remove(range) }
        try set("stored", .blob(stored.encoded))
        try set("last_sequence", .integer(Int64(clamping: first) - 1))
    }

    /// Receivers that are not configured any more are remembered, so that a config that is taken back sends nothing
    /// twice, but at most `limit` rows in all.
    func forgetReceivers(beyond limit: Int, keeping receivers: [OutboxReceiver]) throws(StorageError) {
        let known = try connection.rows("SELECT id FROM receivers ORDER BY seen DESC") { $0.text(0) }
        let absent = known.filter { id in !receivers.contains { $0.id == id } }
        for id in absent.dropFirst(max(0, limit - receivers.count)) {
            try connection.run("DELETE FROM receivers WHERE id = ?", .text(id))
        }
    }

    func integer(_ key: String) throws(StorageError) -> Int64? {
        try connection.first("SELECT value FROM store WHERE key = ?", .text(key)) { $0.optionalInteger(0) } ?? nil
    }

    func blob(_ key: String) throws(StorageError) -> [UInt8]? {
        try connection.first("SELECT value FROM store WHERE key = ?", .text(key)) { $0.blob(0) }
    }

    func set(_ key: String, _ value: SQLiteValue) throws(StorageError) {
        try connection.run("INSERT OR REPLACE INTO store VALUES (?, ?)", .text(key), value)
    }
}
