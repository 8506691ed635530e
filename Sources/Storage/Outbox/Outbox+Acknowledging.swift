package import GatewayModel
internal import Logging

extension Outbox {
    package func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async {
        let now = time.bootTime()
        heardFromReceiver()
        for key in keys where key.epoch == file?.epoch {
            if index.acknowledge(key.sequence, by: receiver) { acknowledgements.add(at: now) }
        }
        acknowledgeForeign(keys.filter { $0.epoch != file?.epoch }, by: receiver, at: now)
        attemptFlush(at: now)
        refreshStatus(light: true)
    }

    /// What is due by time: acknowledgements, batches whose wait for the clock is over, batches that are too old, a
    /// file to be reopened, thinning. Call it every second: so exactly is the age kept. Each call does a bounded piece.
    package func maintain() async {
        attempt("reopening") { () throws(StorageError) in _ = try openedFile() }
        attempt("stamping") { () throws(StorageError) in try continueStamping() }
        releaseDue()
        attemptFlush(at: time.bootTime())
        evictExpired()
        evictExpiredForeign()
        continueSalvage()
        if trouble == nil { makeReserve() }
        thinAhead()
        refreshStatus()
    }

    private func attemptFlush(at now: BootTime) {
        if foreignAcknowledgements.isDue(at: now) {
            attempt("acknowledgements") { () throws(StorageError) in try flushForeign() }
        }
        guard acknowledgements.isDue(at: now) else { return }
        attempt("acknowledgements") { () throws(StorageError) in try flush() }
    }

    /// Writes the acknowledgements and deletes what all that must have it have, at most one transaction's share.
    func flush() throws(StorageError) {
        guard let file, !mustReopen else { return }
        var next = index
        var dictionaries = dictionaries
        try file.connection.transaction { () throws(StorageError) in
            try deleteAcknowledged(from: &next, lastReading: lastReading, dictionaries: &dictionaries, in: file)
        }
        index = next
        self.dictionaries = dictionaries
        acknowledgements = UnsavedAcknowledgements()
        recovered()
        checkpointIfDue(file)
        // The rest follows with the next call, so that no transaction outgrows the WAL.
        acknowledgements.leaveMoreToDelete = !index.nextDeletion(limit: 1).isEmpty
    }

    /// Inside a transaction: deletes rows, and saves the sets that say so.
    func deleteAcknowledged(
        from next: inout OutboxIndex, lastReading: BatchTime?, dictionaries: inout [DictionaryUse], in file: OutboxFile
    ) throws(StorageError) {
        for range in next.nextDeletion(limit: layout.deletionRows) {
            try file.delete(range)
            next.remove(range)
        }
        try file.save(next, lastReading: lastReading)
        try forgetUnneeded(&dictionaries, stored: next.stored, in: file)
    }

    /// Inside a transaction.
    func forgetUnneeded(
        _ dictionaries: inout [DictionaryUse], stored: SequenceSet, in file: OutboxFile
    ) throws(StorageError) {
        for use in dictionaries where !use.isNeeded(by: stored) { try file.deleteDictionary(use.id) }
        dictionaries.removeAll { !$0.isNeeded(by: stored) }
    }
}

extension OutboxIndex {
    /// The oldest deletable ranges, at most `limit` numbers, and none that would split the stored set too finely.
    func nextDeletion(limit: Int) -> [ClosedRange<UInt64>] {
        var rest = UInt64(limit)
        var ranges: [ClosedRange<UInt64>] = []
        for range in deletable.ranges {
            guard rest > 0, stored.ranges.count + ranges.count < Self.rangeLimit else { break }
            let part = range.lowerBound...min(range.upperBound, range.lowerBound + rest - 1)
            ranges.append(part)
            rest -= part.size
        }
        return ranges
    }
}
