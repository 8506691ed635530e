internal import GatewayModel
internal import Logging

extension Outbox {
    /// A piece of salvaging is due: ask ``maintain()`` again soon.
    package nonisolated var isSalvaging: Bool { status.salvaging != nil }

    var salvageIsPending: Bool { salvage != nil || !pendingSalvages.isEmpty }

    /// Searches the next pages of a damaged file that was set aside, and takes in the sound batches that some receiver
    /// still needs, under their own keys. The last piece tells the receivers what is lost.
    func continueSalvage() {
        guard let file, !mustReopen, salvageIsPending else { return }
        attempt("salvaging") { () throws(StorageError) in
            guard try beginSalvage(in: file), var job = salvage else { return }
            // Never at the cost of what is being read now; it goes on when acknowledgements have made room.
            let share = Int64(layout.transactionPages)
            guard try file.usedPages() + share + layout.pages / 50 <= layout.pages else { return }
            let dictionaries = job.look(bytes: layout.transactionBytes / 2)
            try keep(dictionaries, in: file)
            while !job.batches.isEmpty {
                let group = job.takeGroup(bytes: layout.transactionBytes / 2)
                job.taken += try takeIn(group.map { ForeignBatch(batch: $0) }, in: file)
            }
            salvage = job
            if job.isAtEnd { try finish(job, in: file) } else if let newest = job.batches.last { tell(newest) }
        }
        refreshStatus()
    }

    private func beginSalvage(in file: OutboxFile) throws(StorageError) -> Bool {
        while salvage == nil, let name = pendingSalvages.first {
            let known = try file.salvage(of: name)
            if known?.isDone == true {
                try close(name, in: file)
                continue
            }
            salvage = SalvageJob(name: name, directory: directory, needed: known?.needed)
            logger.info("salvaging a damaged store", metadata: ["file": "\(name)"])
        }
        return salvage != nil
    }

    private func keep(_ dictionaries: [(id: DictionaryID, json: [UInt8])], in file: OutboxFile) throws(StorageError) {
        for (id, json) in dictionaries where json.count <= layout.transactionBytes {
            guard try file.foreignDictionaryCount() < Self.dictionaryLimit else { return }
            try file.connection.transaction { () throws(StorageError) in try file.keepForeign(id, json: json) }
        }
    }

    private func finish(_ job: SalvageJob, in file: OutboxFile) throws(StorageError) {
        var records = gaps
        var lost: UInt64 = 0
        var fresh: [GapRecord] = []
        for (epoch, needed) in job.needed ?? [:] {
            let position = foreign.firstIndex { $0.epoch == epoch }
            var missing = needed
            for range in position.map({ foreign[$0].taken.ranges }) ?? [] { missing.remove(range) }
            lost += missing.count
            for range in missing.ranges {
                let span = position.map { neighbours(of: range, in: foreign[$0]) } ?? (nil, nil)
                fresh.append(record(of: .corrupt, from: span.0, to: span.1, in: &records))
                nextGapID = max(nextGapID, (records.map(\.id).max() ?? 0) + 1)
            }
        }
        // Where nothing is known of what there was, the receivers are told that something may be missing.
        if job.needed == nil { fresh.append(record(of: .corrupt, from: nil, to: nil, in: &records)) }
        try file.connection.transaction { () throws(StorageError) in
            for record in fresh { try file.save(record) }
            try file.finishSalvage(of: job.name)
        }
        gaps = records
        nextGapID = max(nextGapID, (records.map(\.id).max() ?? 0) + 1)
        salvaged = salvaged.addingClamped(job.taken)
        logger.notice(
            "salvaged a damaged store",
            metadata: ["file": "\(job.name)", "batches": "\(job.taken)", "lost": "\(lost)"])
        salvage = nil
        try close(job.name, in: file)
        foreignAcknowledgements.leaveMoreToDelete = true
    }

    /// The file keeps its bytes under a name that says that it has been searched.
    private func close(_ name: String, in file: OutboxFile) throws(StorageError) {
        SetAside.markSearched(name, in: directory)
        pendingSalvages.removeAll { $0 == name }
        try file.connection.transaction { () throws(StorageError) in try file.forgetSalvage(of: name) }
    }

    /// The end of the batch before and the beginning of the one after, as far as they are still here.
    private func neighbours(of range: ClosedRange<UInt64>, in epoch: ForeignEpoch) -> (BatchTime?, BatchTime?) {
        let before = epoch.index.stored.previous(from: range.lowerBound - min(range.lowerBound, 1))
        let after = epoch.index.stored.next(from: range.upperBound.addingClamped(1))
        return (
            before.flatMap { foreignTimes($0, epoch)?.last }, after.flatMap { foreignTimes($0, epoch)?.first }
        )
    }

    // MARK: Hidden by a damaged WAL

    /// Batches behind the damage of a WAL, from which SQLite shows nothing and says nothing. Called before anything is
    /// written: the WAL is overwritten then.
    func hiddenBatches(in file: OutboxFile, beyond last: UInt64, through end: UInt64) -> [StoredBatch] {
        let scan = RecordScan(pages: PageFile(path: nil, log: "\(path)-wal"))
        var found: [UInt64: StoredBatch] = [:]
        for number in 0..<scan.pages.imageCount {
            guard let image = scan.pages.image(number) else { continue }
            for batch in scan.batches(in: image)
            where batch.key.epoch == file.epoch && batch.key.sequence > last && batch.key.sequence <= end {
                // Behind the last commit there may be what a failed one has left: the first counts.
                found[batch.key.sequence] = found[batch.key.sequence] ?? batch
            }
        }
        return found.values.sorted { $0.key.sequence < $1.key.sequence }
    }
}
