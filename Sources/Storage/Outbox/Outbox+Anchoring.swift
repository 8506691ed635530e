package import GatewayModel
internal import Logging
internal import Telemetry

extension Outbox {
    /// Batches that are stamped in one transaction.
    private static let stampChunk = 64

    /// Ties this boot to UTC. Batches of this boot that were never released get the anchor in their header; the
    /// others keep the bytes that may have been sent. The first anchor of a boot stands.
    package func setAnchor(_ anchor: WallAnchor) async {
        guard self.anchor == nil else { return }
        self.anchor = anchor
        holdBack.releaseAll()
        attempt("stamping") { () throws(StorageError) in try continueStamping() }
        refreshStatus()
    }

    /// Makes the anchor durable, then stamps chunk by chunk; what fails is tried again by ``maintain()``.
    func continueStamping() throws(StorageError) {
        guard let anchor, let file, !mustReopen else { return }
        if !anchorIsSaved {
            var record = bootRecord
            record.anchor = anchor
            record.unstamped = index.held
            try file.connection.transaction { () throws(StorageError) in try file.save(record) }
            bootRecord = record
            anchorIsSaved = true
        }
        var newest: StoredBatch?
        while let range = bootRecord.unstamped {
            let (record, last) = try stampChunk(of: bootRecord, range: range, in: file)
            bootRecord = record
            index.held = record.unstamped
            newest = last ?? newest
            times.forgetAll()
            checkpointIfDue(file)
        }
        if let newest { announce(newest) }
    }

    /// An earlier boot's stamping that a crash interrupted.
    func finishStamping(_ record: BootRecord, in file: OutboxFile) throws(StorageError) {
        var record = record
        while let range = record.unstamped, record.anchor != nil {
            record = try stampChunk(of: record, range: range, in: file).record
        }
    }

    private func stampChunk(
        of record: BootRecord, range: ClosedRange<UInt64>, in file: OutboxFile
    ) throws(StorageError) -> (record: BootRecord, newest: StoredBatch?) {
        guard let anchor = record.anchor else { return (record, nil) }
        let end = min(range.upperBound, range.lowerBound + UInt64(Self.stampChunk) - 1)
        var record = record
        record.unstamped = end < range.upperBound ? (end + 1)...range.upperBound : nil
        var newest: StoredBatch?
        try file.connection.transaction { () throws(StorageError) in
            for sequence in range.lowerBound...end {
                if let stamped = try stamp(sequence, boot: record.id, with: anchor, in: file) { newest = stamped }
            }
            try file.save(record)
        }
        return (record, newest)
    }

    /// nil: not there, damaged (found out when it is read for sending), of another boot, or anchored already; or made of
    /// batches that were released without an anchor, or one with alarms, which never waited for one.
    private func stamp(
        _ sequence: UInt64, boot: BootID, with anchor: WallAnchor, in file: OutboxFile
    ) throws(StorageError) -> StoredBatch? {
        do {
            guard let (envelope, bytes) = try file.envelope(of: sequence), envelope.batch.boot == boot,
                envelope.batch.anchor == nil, !envelope.batch.replaces, !envelope.batch.urgent,
                let stamped = try? BatchEnvelope.stamped(bytes, anchor: anchor)
            else { return nil }
            try file.overwrite(sequence, with: stamped)
            return StoredBatch(key: envelope.key, dictionary: envelope.batch.dictionary, bytes: stamped)
        } catch {
            if error.recovery == .giveUp { return nil }
            throw error
        }
    }

    // MARK: Holding back

    func hold(_ sequence: UInt64, sealedAt sealed: BootTime, now: BootTime) {
        holdBack.add(sequence, sealedAt: sealed, now: now)
        index.held = (index.held?.lowerBound ?? sequence)...sequence
    }

    /// Lets go what has waited 10 minutes: first durably, then it may be sent.
    func releaseDue() {
        guard anchor == nil, let file, !mustReopen, let through = holdBack.due(at: time.bootTime()) else { return }
        var record = bootRecord
        record.releasedThrough = through
        attempt("release") { () throws(StorageError) in
            try file.connection.transaction { () throws(StorageError) in try file.save(record) }
            release(record)
            checkpointIfDue(file)
        }
    }

    /// After `record` has become durable.
    func release(_ record: BootRecord) {
        bootRecord = record
        holdBack.release(through: record.releasedThrough)
        if let held = index.held {
            let first = max(held.lowerBound, record.releasedThrough + 1)
            index.held = first <= held.upperBound ? first...held.upperBound : nil
        }
    }

    /// After opening: which batches of this boot still wait, and until when.
    func restoreHoldBack(in file: OutboxFile) throws(StorageError) {
        holdBack.releaseAll()
        index.held = bootRecord.unstamped
        guard bootRecord.anchor == nil else { return }
        let now = time.bootTime()
        var next = index.stored.next(from: max(bootRecord.firstSequence, bootRecord.releasedThrough + 1))
        while let sequence = next {
            hold(sequence, sealedAt: try sealingTime(of: sequence, in: file) ?? now, now: now)
            next = index.stored.next(from: sequence + 1)
        }
    }

    /// The last reading's time: a batch is sealed right after it.
    private func sealingTime(of sequence: UInt64, in file: OutboxFile) throws(StorageError) -> BootTime? {
        do {
            return try file.envelope(of: sequence)?.0.batch.last
        } catch {
            if error.recovery == .giveUp { return nil }
            throw error
        }
    }
}
