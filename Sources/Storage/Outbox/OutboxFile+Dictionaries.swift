internal import GatewayModel

/// Which batches may use a dictionary: numbers from `first` to `last` (nil: it is the current one).
struct DictionaryUse: Hashable, Sendable {
    var id: DictionaryID
    var first: UInt64
    var last: UInt64?

    func isNeeded(by stored: SequenceSet) -> Bool {
        guard let last, let next = stored.next(from: first) else { return last == nil }
        return next <= last
    }
}

extension OutboxFile {
    func dictionaries() throws(StorageError) -> [DictionaryUse] {
        try connection.rows(
            "SELECT id, first_sequence, last_sequence FROM dictionaries ORDER BY first_sequence"
        ) { row -> DictionaryUse? in
            guard let id = DictionaryID(bytes: row.blob(0)) else { return nil }
            return DictionaryUse(
                id: id, first: UInt64(clamping: row.integer(1)),
                last: row.optionalInteger(2).map { UInt64(clamping: $0) })
        }.compactMap { $0 }
    }

    func json(of id: DictionaryID) throws(StorageError) -> [UInt8]? {
        try connection.first("SELECT json FROM dictionaries WHERE id = ?", .blob(id.bytes)) { $0.blob(0) }
    }

    func insert(_ use: DictionaryUse, json: [UInt8]) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO dictionaries VALUES (?, ?, ?, ?)", .blob(use.id.bytes),
            .integer(Int64(clamping: use.first)),
            .optional(use.last.map { Int64(clamping: $0) }), .blob(json))
    }

    /// Changes what is known of its use, without touching the text.
    func save(_ use: DictionaryUse) throws(StorageError) {
        try connection.run(
            "UPDATE dictionaries SET first_sequence = ?, last_sequence = ? WHERE id = ?",
            .integer(Int64(clamping: use.first)), .optional(use.last.map { Int64(clamping: $0) }), .blob(use.id.bytes))
    }

    func deleteDictionary(_ id: DictionaryID) throws(StorageError) {
        try connection.run("DELETE FROM dictionaries WHERE id = ?", .blob(id.bytes))
    }
}
