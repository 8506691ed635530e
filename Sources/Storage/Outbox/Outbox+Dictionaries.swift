package import GatewayModel

extension Outbox {
    /// Dictionaries that are stored at the same time; beyond, the batches of the oldest give way.
    static let dictionaryLimit = 64

    /// Makes `id` the dictionary of the batches to come, storing its JSON text if it is not stored yet. It stays as
    /// long as a stored batch needs it.
    ///
    /// - Throws: `retryLater`; `giveUp` when the text is larger than a transaction may be.
    package func ensureDictionary(_ id: DictionaryID, json: [UInt8]) async throws(StorageError) {
        do {
            try makeCurrent(id, json: json, in: try openedFile())
        } catch {
            if error.recovery == .retryLater { fail(error) }
            throw error
        }
    }

    private func makeCurrent(_ id: DictionaryID, json: [UInt8], in file: OutboxFile) throws(StorageError) {
        if dictionaries.contains(where: { $0.id == id && $0.last == nil }) { return }
        guard json.count <= layout.transactionBytes else {
            throw StorageError(
                .giveUp, operation: "ensureDictionary",
                message: "\(json.count) bytes; at most \(layout.transactionBytes)")
        }
        try makeRoom(for: json.count, in: file)
        while dictionaries.count >= Self.dictionaryLimit, let oldest = dictionaries.first, let last = oldest.last {
            try evict(through: last, in: file)
        }
        var next = dictionaries
        try file.connection.transaction { () throws(StorageError) in
            for position in next.indices where next[position].last == nil {
                next[position].last = index.lastSequence
                try file.save(next[position])
            }
            try forgetUnneeded(&next, stored: index.stored, in: file)
            if let position = next.firstIndex(where: { $0.id == id }) {
                next[position].last = nil
                try file.save(next[position])
            } else {
                let use = DictionaryUse(id: id, first: index.lastSequence + 1, last: nil)
                try file.insert(use, json: json)
                next.append(use)
            }
        }
        dictionaries = next
        checkpointIfDue(file)
    }
}
