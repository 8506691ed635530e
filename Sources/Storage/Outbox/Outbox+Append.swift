package import GatewayModel
internal import Logging
package import Telemetry

extension Outbox {
    /// Batches that one call may bring.
    static let groupLimit = 16
    /// Evictions that one append may cause before it gives up for now.
    private static let roundLimit = 64

    /// Stores a batch under the next number, in one transaction: durable when this returns.
    ///
    /// - Parameters:
    ///   - consuming: pending gaps that this batch carries; they leave the file in the same transaction.
    ///   - totals: of counters that this batch tells; they become durable in the same transaction.
    /// - Throws: `retryLater`: keep the batch and try again, or send it under another key: whatever an I/O error has
    ///   left of it in the file is deleted before the file is believed again. `ensureDictionary`: say the dictionary first.
    ///   `giveUp`: the batch is larger than a transaction may be.
    @discardableResult
    package func append(
        _ batch: SealedBatch, consuming gaps: [PendingGap.ID] = [], totals: [CounterTotal] = []
    ) async throws(StorageError) -> StoredBatch {
        let stored = try await append([batch], consuming: gaps, totals: totals)
        guard let first = stored.first else { throw .notOpen }
        return first
    }

    /// Stores up to 16 batches in one transaction, in this order.
    @discardableResult
    package func append(
        _ batches: [SealedBatch], consuming gaps: [PendingGap.ID] = [], totals: [CounterTotal] = []
    ) async throws(StorageError) -> [StoredBatch] {
        do {
            let file = try openedFile()
            try check(batches)
            let start = time.bootTime()
            let stored = try store(batches, gaps, totals, in: file)
            lastCommit = time.bootTime() - start
            slowestCommit = max(slowestCommit, lastCommit)
            return finish(stored, in: file)
        } catch {
            if error.recovery == .retryLater { fail(error) }
            refreshStatus()
            throw error
        }
    }

    private func finish(_ stored: [StoredBatch], in file: OutboxFile) -> [StoredBatch] {
        recovered()
        // First of all: the rest may take the disk's time, and a failing supply leaves little of it.
        for batch in stored.filter({ index.mayBeSent($0.key.sequence) }).worthTelling { announce(batch) }
        if !stored.isEmpty { writeMark(in: file) }
        checkpointIfDue(file)
        evictExpired()
        refreshStatus()
        return stored
    }

    /// After a commit that gave a number.
    func writeMark(in file: OutboxFile) {
        let oldest = index.oldestRegion.flatMap { index.next(in: $0, from: 0) }
        mark?.write(
            CommitMark(
                epoch: file.epoch, sequence: index.lastSequence, lastReading: lastReading,
                oldestReading: oldest.flatMap { times(of: $0)?.first }, oldestSequence: index.stored.first))
    }

    private func check(_ batches: [SealedBatch]) throws(StorageError) {
        let bytes = batches.reduce(0) { $0 + $1.storedLength }
        guard batches.count <= Self.groupLimit, bytes <= layout.transactionBytes else {
            throw StorageError(
                .giveUp, operation: "append",
                message: "\(batches.count) batches of \(bytes) bytes; at most \(Self.groupLimit) of"
                    + " \(layout.transactionBytes) bytes in all")
        }
        for batch in batches where !dictionaries.contains(where: { $0.id == batch.dictionary }) {
            throw StorageError(
                .ensureDictionary, operation: "append",
                message: "dictionary \(batch.dictionary.hexadecimal) is not in the store")
        }
    }

    private func store(
        _ batches: [SealedBatch], _ gaps: [PendingGap.ID], _ totals: [CounterTotal], in file: OutboxFile
    ) throws(StorageError) -> [StoredBatch] {
        let bytes = batches.reduce(0) { $0 + $1.storedLength }
        try makeRoom(for: bytes, in: file)
        for _ in 0..<Self.roundLimit {
            do {
                return try commit(batches, gaps, totals, in: file)
            } catch {
                // At our own limit the oldest batches give way; on a full disk they could not be deleted either.
                guard error.code.primary == .full, try isAtLimit(bytes, in: file) else { throw error }
                try evictOldest(pages: layout.pagesNeeded(for: bytes), in: file)
            }
        }
        throw StorageError(.retryLater, code: .full, operation: "append", message: "eviction makes no room")
    }

    private func commit(
        _ batches: [SealedBatch], _ consumed: [PendingGap.ID], _ totals: [CounterTotal], in file: OutboxFile
    ) throws(StorageError) -> [StoredBatch] {
        let now = time.bootTime()
        var next = index
        var boot = bootRecord
        var dictionaries = dictionaries
        let stored = batches.map { batch in
            next.lastSequence += 1
            var batch = batch
            // Sealed just before the anchor came.
            if batch.anchor == nil, batch.boot == self.boot { batch.anchor = anchor }
            return (batch, batch.stored(as: BatchKey(epoch: file.epoch, sequence: next.lastSequence)))
        }
        for (_, batch) in stored { next.stored.insert(batch.key.sequence) }
        let urgent = SequenceSet(stored.filter(\.0.urgent).map { $0.1.key.sequence...$0.1.key.sequence })
        next.noteUrgent(urgent)
        noteTouch(from: index.lastSequence + 1, heard: isHeard(at: now), in: &next)
        if anchor == nil, let released = holdBack.due(at: now) { boot.releasedThrough = released }

        let newest = stored.last?.0.times.last ?? lastReading
        var flushed = false
        var allTotals = self.totals
        do {
            try file.connection.transaction { () throws(StorageError) in
                for (_, batch) in stored {
                    try use(batch, of: &dictionaries, in: file)
                    try file.insert(batch)
                }
                for id in consumed { try file.deleteGap(id) }
                try save(totals, in: &allTotals, file)
                if boot != bootRecord { try file.save(boot) }
                if !urgent.isEmpty { try file.saveUrgent(of: next) }
                if acknowledgements.ride(at: now) {
                    try deleteAcknowledged(from: &next, lastReading: newest, dictionaries: &dictionaries, in: file)
                    flushed = true
                }
            }
        } catch {
            // A full disk has refused it for certain; after any other error it may lie in the file all the same.
            if error.code.primary != .full {
                disowned = stored.map(\.1)
                mustReopen = true
            }
            throw error
        }
        index = next
        self.totals = allTotals
        self.dictionaries = dictionaries
        gaps.removeAll { consumed.contains($0.id) }
        lastReading = newest
        if boot != bootRecord { release(boot) }
        if flushed { acknowledgements = UnsavedAcknowledgements() }
        for (batch, stored) in stored {
            times.set(stored.key.sequence, batch.times)
            if batch.anchor == nil, batch.boot == self.boot, stored.key.sequence > bootRecord.releasedThrough {
                hold(stored.key.sequence, sealedAt: now, now: now)
            }
        }
        return stored.map(\.1)
    }

    /// Inside a transaction: keeps the dictionary as long as this batch needs it.
    func use(
        _ batch: StoredBatch, of dictionaries: inout [DictionaryUse], in file: OutboxFile
    ) throws(StorageError) {
        guard let position = dictionaries.firstIndex(where: { $0.id == batch.dictionary }),
            let last = dictionaries[position].last, last < batch.key.sequence
        else { return }
        dictionaries[position].last = batch.key.sequence
        try file.save(dictionaries[position])
    }
}

extension SealedBatch {
    /// Bytes of the stored form: header, body, checksum.
    var storedLength: Int { body.count + 120 }
}

extension StorageError {
    static let notOpen = StorageError(.retryLater, operation: "append", message: "the store is not open")
}
