internal import GatewayModel
internal import Logging

extension Outbox {
    static let fileName = "outbox.sqlite"
    static let markName = "outbox.mark"
    /// Receivers whose acknowledgements are remembered, the configured ones included.
    static let receiverLimit = 8

    var path: String { "\(directory)/\(Self.fileName)" }

    /// Opens the store, or makes a new one; a damaged file is set aside first.
    ///
    /// - Throws: `retryLater` when the directory cannot be written (full, read-only, failing). Try again; until then
    ///   batches wait in memory.
    package func open() async throws(StorageError) -> OpenReport {
        defer { refreshStatus() }
        do {
            let report = try openFile(verifying: false)
            isOpen = true
            lastAsked = time.bootTime()
            recovered()
            shrinkIfNeeded()
            makeReserve()
            return report
        } catch {
            fail(error)
            throw error
        }
    }

    /// Writes unsaved acknowledgements and moves the WAL into the file, then closes. What cannot be written now is
    /// only an acknowledgement: the receiver is sent the same bytes again.
    package func close() async {
        do {
            if file != nil, acknowledgements.count > 0 { try flush() }
            try file?.connection.checkpoint()
        } catch {
            logger.info("store closed without its last acknowledgements", metadata: ["error": "\(error)"])
        }
        isOpen = false
        file = nil
        mark = nil
        refreshStatus()
    }

    /// - Parameter verifying: read and check the whole file, after an I/O error.
    func openFile(verifying: Bool) throws(StorageError) -> OpenReport {
        file = nil
        mark = mark ?? CommitMarkFile(path: "\(directory)/\(Self.markName)")
        do {
            return try adopt(try OutboxFile(path: path, layout: layout, vfs: vfs), verifying: verifying)
        } catch {
            guard error.code.meansDamage || SetAside.isUnusable(path, error) else { throw error }
            file = nil
            return try beginAnew(because: error)
        }
    }

    /// Sets the damaged file aside and goes on with a new store and a new epoch.
    func beginAnew(because error: StorageError) throws(StorageError) -> OpenReport {
        file = nil
        salvage = nil
        var old = OldStore(asking: path, receivers: receivers, vfs: vfs)
        if let epochInMemory {
            let dictionaries = old.dictionaries
            old = OldStore(own: epochInMemory, index: index, foreign: foreign, totals: totals)
            old.dictionaries = dictionaries
        }
        old.complete(with: mark?.read())
        let name = try SetAside.move(Self.fileName, in: directory, at: time.realTime())
        logger.error(
            "damaged store set aside, a new one begins",
            metadata: ["file": "\(name ?? "removed")", "error": "\(error)"])
        let aside = SetAsideFile(name: name, reason: error.description)
        return try adopt(
            try OutboxFile(path: path, layout: layout, vfs: vfs), verifying: false, inPlaceOf: (old, aside))
    }

    /// Takes over what the file holds, brings it up to date for this boot and this configuration, and only then
    /// becomes open.
    private func adopt(
        _ file: OutboxFile, verifying: Bool, inPlaceOf old: (store: OldStore, aside: SetAsideFile)? = nil
    ) throws(StorageError) -> OpenReport {
        try delete(disowned, in: file)
        var index = try file.loadIndex(receivers: receivers)
        let mark = self.mark?.read()
        let last = index.lastSequence
        var hidden: [StoredBatch] = []
        if old == nil, let mark, mark.epoch == file.epoch, mark.sequence > last {
            hidden = hiddenBatches(in: file, beyond: last, through: mark.sequence)
        }
        // Everything that the WAL holds is written and synced once more: after a failed fsync the page cache may be
        // clean and wrong (library facts 4.6).
        if hidden.isEmpty { try file.connection.cutTornWAL() } else { try file.connection.checkpoint() }
        if verifying { try file.connection.verify() }
        try file.addTables()

        let replaced = try store(hidden, in: &index, file)
        keepUnsavedAcknowledgements(in: &index, epoch: file.epoch)
        // What an earlier life has handed over nobody knows.
        if epochInMemory == file.epoch { index.regions.untouched = self.index.regions.untouched }
        var state = try OpeningState(file: file, index: index, boot: boot, nextGapID: nextGapID)
        if let old {
            state.reportSetAside(old.aside, mark: mark)
            try inherit(from: old.store, old.aside, in: file)
        } else if let mark, mark.epoch == file.epoch {
            state.reportMissing(after: mark, beyond: last, besides: replaced, in: file)
        }
        foreign = try file.foreignEpochs(receivers: receivers)
        foreignAcknowledgements.leaveMoreToDelete = !foreign.isEmpty
        totals = try file.totals()
        pendingSalvages = SetAside.unsearched(Self.fileName, in: directory)
        for earlier in state.earlierBoots { try finishStamping(earlier, in: file) }
        try save(state, in: file)
        take(state, epoch: file.epoch)
        try restoreHoldBack(in: file)
        evicted = try file.integer("evicted").map { UInt64(clamping: $0) } ?? 0
        self.file = file
        attempt("stamping") { () throws(StorageError) in try continueStamping() }
        return report(on: file, setAside: old?.aside, missing: state.missing)
    }

    /// What a new store takes over from the damaged one before its batches are searched: who has what, what has to be
    /// found, and the counters.
    private func inherit(from old: OldStore, _ aside: SetAsideFile, in file: OutboxFile) throws(StorageError) {
        try file.connection.transaction { () throws(StorageError) in
            var slot: Int64 = 1
            for epoch in (old.needed ?? [:]).keys.prefix(ForeignEpoch.limit) {
                var foreign = ForeignEpoch(slot: slot, epoch: epoch, receivers: receivers)
                for position in foreign.index.receivers.indices {
                    let id = foreign.index.receivers[position].id
                    foreign.index.receivers[position].acknowledged = old.acknowledged[epoch]?[id] ?? SequenceSet()
                }
                try file.save(foreign)
                slot += 1
            }
            var bytes = 0
            for (id, json) in old.dictionaries where bytes + json.count <= layout.transactionBytes {
                try file.keepForeign(id, json: json)
                bytes += json.count
            }
            if let name = aside.name { try file.saveSalvage(of: name, needed: old.needed) }
            for (key, value) in old.totals.sorted(by: { $0.key < $1.key }).prefix(CounterTotal.limit) {
                try file.save(CounterTotal(key: key, value: value))
            }
        }
    }

    /// Numbers that nobody was ever told: an append gave them and failed, so its caller has the batches still. The sets
    /// may have been saved with it.
    private func delete(_ disowned: [StoredBatch], in file: OutboxFile) throws(StorageError) {
        let own = disowned.filter { $0.key.epoch == file.epoch }
        guard !own.isEmpty else { return }
        try file.connection.transaction { () throws(StorageError) in
            var gone = SequenceSet()
            for batch in own where try file.bytes(of: batch.key.sequence) == batch.bytes {
                try file.delete(batch.key.sequence...batch.key.sequence)
                gone.insert(batch.key.sequence)
            }
            try file.forget(gone)
            // What they told is not told yet.
            if !gone.isEmpty { try file.replace(totals: totals) }
        }
    }

    /// Batches that were got out of a damaged WAL, with the set that says which there are.
    /// - Returns: whose place they take.
    private func store(
        _ hidden: [StoredBatch], in index: inout OutboxIndex, _ file: OutboxFile
    ) throws(StorageError) -> SequenceSet {
        var rest = hidden[...]
        var replaced = SequenceSet()
        while !rest.isEmpty {
            var next = index
            var bytes = 0
            try file.connection.transaction { () throws(StorageError) in
                while let batch = rest.first, bytes == 0 || bytes + batch.bytes.count <= layout.transactionBytes {
                    try file.insert(batch)
                    next.stored.insert(batch.key.sequence)
                    next.lastSequence = max(next.lastSequence, batch.key.sequence)
                    for range in batch.replaced {
                        try file.delete(range)
                        next.remove(range)
                        next.regions.move(batch.key.sequence, to: .reblocked)
                        replaced.insert(range)
                    }
                    bytes += batch.bytes.count
                    rest.removeFirst()
                }
                try file.save(next, lastReading: nil)
            }
            index = next
            try file.connection.checkpoint()
        }
        return replaced
    }

    private func save(_ state: OpeningState, in file: OutboxFile) throws(StorageError) {
        try file.connection.transaction { () throws(StorageError) in
            try file.save(state.index, lastReading: state.lastReading)
            try file.forgetReceivers(beyond: Self.receiverLimit, keeping: receivers)
            try file.save(state.bootRecord)
            for earlier in state.earlierBoots { try file.forgetBoot(earlier.id) }
            for gap in state.gaps { try file.save(gap) }
            for use in state.dictionaries where !use.isNeeded(by: state.index.stored) {
                try file.deleteDictionary(use.id)
            }
        }
    }

    private func take(_ state: OpeningState, epoch: Epoch) {
        let taken = Set(gaps.filter(\.isTaken).map(\.id))
        index = state.index
        gaps = state.gaps
        for position in gaps.indices { gaps[position].isTaken = taken.contains(gaps[position].id) }
        nextGapID = state.nextGapID
        dictionaries = state.dictionaries.filter { $0.isNeeded(by: state.index.stored) }
        bootRecord = state.bootRecord
        anchor = anchor ?? bootRecord.anchor
        anchorIsSaved = bootRecord.anchor != nil
        lastReading = state.lastReading
        acknowledgements = UnsavedAcknowledgements()
        // A receiver that is gone may have been the only one that still wanted them.
        acknowledgements.leaveMoreToDelete = !index.nextDeletion(limit: 1).isEmpty
        times.forgetAll()
        epochInMemory = epoch
        disowned = []
        damage = nil
        mustReopen = false
    }

    /// Acknowledgements that the file does not know yet survive a reopening of the same store.
    private func keepUnsavedAcknowledgements(in index: inout OutboxIndex, epoch: Epoch) {
        guard epochInMemory == epoch else { return }
        for (position, receiver) in self.index.receivers.enumerated() {
            for range in receiver.acknowledged.intersection(index.stored).ranges {
                index.receivers[position].acknowledged.insert(range)
            }
        }
    }

    private func report(on file: OutboxFile, setAside: SetAsideFile?, missing: UInt64) -> OpenReport {
        func key(_ sequence: UInt64) -> BatchKey { BatchKey(epoch: file.epoch, sequence: sequence) }
        return OpenReport(
            epoch: file.epoch, isNew: file.isNew, last: index.lastSequence > 0 ? key(index.lastSequence) : nil,
            lastReading: lastReading, batches: index.stored.count, oldest: index.stored.first.map(key),
            anchor: anchor, setAside: setAside, missing: missing)
    }
}
