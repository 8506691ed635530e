internal import GatewayModel
internal import Logging

extension Outbox {
    /// Spans that the store lost, each handed out once. Put them into the next batch and name them to
    /// ``append(_:consuming:)``; until that has succeeded they stay in the file and come again after a restart.
    package func takePendingGaps() async -> [PendingGap] {
        let fresh = gaps.filter { !$0.isTaken }
        for position in gaps.indices { gaps[position].isTaken = true }
        return fresh.map { $0.pending(in: boot) }
    }

    /// Takes back gaps whose batch was given up before it was stored.
    package func returnPendingGaps(_ ids: [PendingGap.ID]) async {
        for position in gaps.indices where ids.contains(gaps[position].id) { gaps[position].isTaken = false }
    }

    /// Deletes batches that some receiver never got, with the record that says so, in one transaction.
    func drop(
        _ ranges: [ClosedRange<UInt64>], reason: GapReason, from: BatchTime?, to: BatchTime?, evicted: UInt64,
        in file: OutboxFile
    ) throws(StorageError) {
        var next = index
        var dictionaries = dictionaries
        var records = gaps
        let record = record(of: reason, from: from, to: to, in: &records)
        try file.connection.transaction { () throws(StorageError) in
            for range in ranges {
                try file.delete(range)
                next.remove(range)
            }
            try file.save(next, lastReading: lastReading)
            try forgetUnneeded(&dictionaries, stored: next.stored, in: file)
            try file.set("evicted", .integer(Int64(clamping: evicted)))
            try file.save(record)
        }
        index = next
        self.dictionaries = dictionaries
        gaps = records
        nextGapID = max(nextGapID, record.id + 1)
        checkpointIfDue(file)
    }

    /// A batch whose bytes are not what was stored: it leaves, and the receivers are told.
    func dropDamaged(_ sequence: UInt64, _ error: StorageError) {
        guard let file else { return }
        let now = time.bootTime()
        if lastDamageLog.map({ now - $0 > .seconds(600) }) ?? true {
            lastDamageLog = now
            logger.error(
                "damaged batch dropped",
                metadata: ["sequence": "\(sequence)", "error": "\(error)", "before": "\(damaged)"])
        }
        // Its own header cannot be believed; its neighbours bound it.
        let region = index.regions.region(of: sequence)
        let before = index.previous(in: region, from: max(sequence, 1) - 1).flatMap { times(of: $0)?.last }
        let after = index.next(in: region, from: sequence.addingClamped(1)).flatMap { times(of: $0)?.first }
        attempt("dropping batch \(sequence)") { () throws(StorageError) in
            try drop(
                [sequence...sequence], reason: .corrupt, from: before, to: after, evicted: evicted, in: file)
            damaged += 1
        }
    }

    /// Extends the newest record of the same reason that nobody has taken yet, or begins one.
    func record(
        of reason: GapReason, from: BatchTime?, to: BatchTime?, in records: inout [GapRecord]
    ) -> GapRecord {
        let open = records.lastIndex { !$0.isTaken && $0.reason == reason }
        if let open, reason == .evicted || records.count >= GapRecord.limit {
            records[open].to = to
            return records[open]
        }
        // At the limit the newest is widened even if it was taken: the span is then told twice rather than never.
        if records.count >= GapRecord.limit, let last = records.indices.last {
            records[last].to = to
            records[last].isTaken = false
            return records[last]
        }
        let record = GapRecord(id: nextGapID, reason: reason, from: from, to: to)
        records.append(record)
        return record
    }
}
