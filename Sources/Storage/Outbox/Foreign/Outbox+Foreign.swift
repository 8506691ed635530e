internal import GatewayModel
internal import Logging
internal import Telemetry

extension Outbox {
    /// Stores batches that have a key of another epoch already and keep it, in one transaction: durable when this
    /// returns. One that was taken in before is left alone.
    ///
    /// - Parameters:
    ///   - batches: at most 16; the dictionaries they use are stored (``ensureDictionary(_:json:)``).
    ///   - totals: that these batches tell; durable in the same transaction.
    /// - Throws: `retryLater`: keep them and try again. `giveUp`: larger than a transaction may be.
    package func adopt(_ batches: [ForeignBatch], totals: [CounterTotal] = []) async throws(StorageError) {
        let bytes = batches.reduce(0) { $0 + $1.batch.bytes.count }
        do throws(StorageError) {
            let file = try openedFile()
            guard batches.count <= Self.groupLimit, bytes <= layout.transactionBytes else {
                throw StorageError(
                    .giveUp, operation: "adopt",
                    message: "\(batches.count) batches of \(bytes) bytes; at most \(Self.groupLimit) of"
                        + " \(layout.transactionBytes) bytes in all")
            }
            try makeRoom(for: bytes, in: file)
            try takeIn(batches, totals, in: file)
            recovered()
            refreshStatus()
        } catch {
            if error.recovery == .retryLater { fail(error) }
            refreshStatus()
            throw error
        }
    }

    /// One that takes the place of others makes them leave, and counts as them.
    /// - Returns: how many were not there before.
    @discardableResult
    func takeIn(
        _ batches: [ForeignBatch], _ totals: [CounterTotal] = [], in file: OutboxFile
    ) throws(StorageError) -> UInt64 {
        var next = foreign
        var allTotals = self.totals
        var fresh: UInt64 = 0
        for entry in batches where !next.contains(where: { $0.epoch == entry.batch.key.epoch }) {
            try makeSlot(in: &next, file)
            next.append(ForeignEpoch(slot: nextSlot(next), epoch: entry.batch.key.epoch, receivers: receivers))
        }
        try file.connection.transaction { () throws(StorageError) in
            var touched: Set<Int> = []
            for entry in batches {
                let (batch, key) = (entry.batch, entry.batch.key)
                guard let position = next.firstIndex(where: { $0.epoch == key.epoch }),
                    key.sequence >= 1, key.sequence < ForeignEpoch.sequenceLimit,
                    !next[position].taken.contains(key.sequence)
                else { continue }
                try file.insert(batch, of: next[position])
                next[position].taken.insert(key.sequence)
                next[position].index.stored.insert(key.sequence)
                next[position].index.lastSequence = max(next[position].index.lastSequence, key.sequence)
                for receiver in entry.acknowledgedBy {
                    _ = next[position].index.acknowledge(key.sequence, by: receiver)
                }
                for range in batch.replaced {
                    try file.delete(range, of: next[position])
                    next[position].index.stored.remove(range)
                    next[position].taken.insert(range)
                }
                try file.keepForeign(batch.dictionary)
                touched.insert(position)
                fresh += 1
            }
            for position in touched { try file.save(next[position]) }
            try save(totals, in: &allTotals, file)
        }
        foreign = next
        self.totals = allTotals
        checkpointIfDue(file)
        return fresh
    }

    private func nextSlot(_ epochs: [ForeignEpoch]) -> Int64 { (epochs.map(\.slot).max() ?? 0) + 1 }

    /// At the limit the oldest epoch's batches go.
    private func makeSlot(in next: inout [ForeignEpoch], _ file: OutboxFile) throws(StorageError) {
        guard next.count >= ForeignEpoch.limit, let oldest = next.first else { return }
        while foreign.first?.slot == oldest.slot, foreign.first?.index.stored.isEmpty == false {
            try evictForeign(in: file)
        }
        if foreign.first?.slot == oldest.slot {
            try file.connection.transaction { () throws(StorageError) in try file.forget(oldest) }
            foreign.removeFirst()
        }
        next = foreign
    }

    func acknowledgeForeign(_ keys: [BatchKey], by receiver: ReceiverIndex, at now: BootTime) {
        for key in keys {
            guard let position = foreign.firstIndex(where: { $0.epoch == key.epoch }) else { continue }
            if foreign[position].index.acknowledge(key.sequence, by: receiver) { foreignAcknowledgements.add(at: now) }
        }
    }

    /// Writes acknowledgements of foreign batches and deletes what all have, at most one transaction's share.
    func flushForeign() throws(StorageError) {
        guard let file, !mustReopen, !foreign.isEmpty else { return }
        var next = foreign
        var left = layout.deletionRows
        try file.connection.transaction { () throws(StorageError) in
            for position in next.indices {
                for range in next[position].index.nextDeletion(limit: left) {
                    try file.delete(range, of: next[position])
                    next[position].index.remove(range)
                    left -= Int(clamping: range.size)
                }
                try file.save(next[position])
            }
            try forgetEmpty(&next, in: file)
        }
        foreign = next
        foreignAcknowledgements = UnsavedAcknowledgements()
        foreignAcknowledgements.leaveMoreToDelete = foreign.contains { !$0.index.nextDeletion(limit: 1).isEmpty }
        checkpointIfDue(file)
    }

    /// Inside a transaction. What has been taken in is remembered as long as a damaged file is being salvaged.
    func forgetEmpty(_ epochs: inout [ForeignEpoch], in file: OutboxFile) throws(StorageError) {
        guard !salvageIsPending else { return }
        for epoch in epochs where epoch.index.stored.isEmpty { try file.forget(epoch) }
        epochs.removeAll { $0.index.stored.isEmpty }
        if epochs.isEmpty { try file.forgetForeignDictionaries() }
    }

    /// Drops the oldest foreign batches, one transaction's share at most, with a gap record.
    /// - Returns: false when there are none.
    @discardableResult
    func evictForeign(in file: OutboxFile) throws(StorageError) -> Bool {
        guard let position = foreign.firstIndex(where: { !$0.index.stored.isEmpty }),
            let first = foreign[position].index.stored.first
        else { return false }
        var next = foreign
        let end = first.addingClamped(UInt64(layout.deletionRows) - 1)
        let gone = next[position].index.stored.intersection(SequenceSet([first...end]))
        guard let last = gone.last else { return false }
        let lost = gone.count - gone.intersection(next[position].index.deletable).count
        let (from, to) = (foreignTimes(first, foreign[position])?.first, foreignTimes(last, foreign[position])?.last)
        next[position].index.remove(first...last)
        var records = gaps
        let record = lost > 0 ? self.record(of: .evicted, from: from, to: to, in: &records) : nil
        let total = evicted.addingClamped(lost)
        try file.connection.transaction { () throws(StorageError) in
            try file.delete(first...last, of: next[position])
            try file.save(next[position])
            try forgetEmpty(&next, in: file)
            try file.set("evicted", .integer(Int64(clamping: total)))
            if let record { try file.save(record) }
        }
        foreign = next
        evicted = total
        gaps = records
        if let record { nextGapID = max(nextGapID, record.id + 1) }
        checkpointIfDue(file)
        return true
    }

    /// Foreign batches that are too old, one transaction's share.
    func evictExpiredForeign() {
        guard let file, !mustReopen,
            let oldest = foreign.first(where: { !$0.index.stored.isEmpty }), let first = oldest.index.stored.first,
            let last = foreignTimes(first, oldest)?.last, isExpired(last) == true
        else { return }
        attempt("eviction by age") { () throws(StorageError) in try evictForeign(in: file) }
    }

    func foreignTimes(_ sequence: UInt64, _ epoch: ForeignEpoch) -> BatchTimes? {
        guard let file, let found = try? file.envelope(of: sequence, in: epoch) else { return nil }
        return found.0.batch.times
    }

    func foreignBatch(_ key: BatchKey) -> StoredBatch? {
        guard let file, let position = foreign.firstIndex(where: { $0.epoch == key.epoch }) else { return nil }
        do {
            guard let (envelope, bytes) = try file.envelope(of: key.sequence, in: foreign[position]) else { return nil }
            return StoredBatch(key: key, dictionary: envelope.batch.dictionary, bytes: bytes)
        } catch {
            if error.recovery != .giveUp {
                fail(error)
                return nil
            }
            logger.error("damaged batch dropped", metadata: ["error": "\(error)"])
            attempt("dropping a damaged batch") { () throws(StorageError) in
                var next = foreign
                var records = gaps
                next[position].index.remove(key.sequence...key.sequence)
                let record = self.record(of: .corrupt, from: nil, to: nil, in: &records)
                try file.connection.transaction { () throws(StorageError) in
                    try file.delete(key.sequence...key.sequence, of: next[position])
                    try file.save(next[position])
                    try file.save(record)
                }
                foreign = next
                gaps = records
                nextGapID = max(nextGapID, record.id + 1)
                damaged += 1
            }
            return nil
        }
    }
}
