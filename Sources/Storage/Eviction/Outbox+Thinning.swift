internal import GatewayModel
internal import Logging
internal import Telemetry

/// Makes the store smaller, a bounded step at a time, each in one transaction: after a crash either the old batches are
/// there or the new one that names them.
extension Outbox {
    /// Below this share of free pages thinning begins, so that appends find room.
    private static let headroom: Int64 = 16
    /// Dictionaries whose point classes are remembered: a byte a point each.
    private static let classesLimit = 4

    /// One step, if it is time: from ``maintain()``.
    func thinAhead() {
        guard let file, !mustReopen, !isSalvaging else { return }
        attempt("thinning") { () throws(StorageError) in
            let used = try file.usedPages()
            if layout.pages - used < layout.pages / Self.headroom {
                _ = try makeSmaller(in: file)
            } else if used > layout.pages / 2 {
                _ = try perform(.reblock, in: file)
            }
        }
    }

    /// The gentlest step that there is.
    /// - Returns: what it has cost, in readings and aggregates that were opened; nil when nothing is left to thin.
    func makeSmaller(in file: OutboxFile) throws(StorageError) -> Int? {
        if let cost = try perform(.reblock, in: file) { return cost }
        guard let step = ThinningStep.next(ages()) else { return nil }
        return try perform(step, in: file)
    }

    private func ages() -> ThinningStep.Ages {
        ThinningStep.Ages(
            fine: oldestFine { thinnable(in: $0, from: 0) }, minutes: index.next(in: .minutes, from: 0).map(age(of:)),
            hasQuarters: index.next(in: .quarters, from: 0) != nil)
    }

    /// Which of the two regions that have every reading begins earlier, and how old it is. What may have been sent and
    /// what was re-blocked can lie between each other.
    func oldestFine(
        _ head: (BatchRegions.Region) -> UInt64?
    ) -> (age: Nanoseconds, region: BatchRegions.Region)? {
        var oldest: (age: Nanoseconds, region: BatchRegions.Region)?
        for region in [BatchRegions.Region.reblocked, .plain] {
            guard let head = head(region) else { continue }
            let age = age(of: head)
            if oldest.map({ age > $0.age }) ?? true { oldest = (age, region) }
        }
        return oldest
    }

    private func age(of sequence: UInt64) -> Nanoseconds {
        let now = time.bootTime()
        guard let last = times(of: sequence)?.last else { return .max }
        if last.boot == boot { return now - last.bootTime }
        guard let anchor, let wall = last.wall else { return .max }
        return anchor.realTime(at: now) - wall
    }

    /// Not the newest batch, which says when the agent was last at work, and none that waits for the clock.
    private func thinnable(in region: BatchRegions.Region, from start: UInt64) -> UInt64? {
        guard let number = index.next(in: region, from: start), number != index.previous(in: .plain, from: .max),
            !index.isHeld(number)
        else { return nil }
        return number
    }

    private func candidate(for step: ThinningStep, from start: UInt64) -> UInt64? {
        guard step == .reblock else { return thinnable(in: step.source, from: start) }
        guard let number = index.nextUntouched(from: start) else { return nil }
        return thinnable(in: .plain, from: number) == number ? number : nil
    }

    /// - Returns: the same; nil when the step finds nothing to do.
    private func perform(_ step: ThinningStep, in file: OutboxFile) throws(StorageError) -> Int? {
        guard let head = candidate(for: step, from: 0) else { return nil }
        guard let (group, isComplete) = try gather(from: head, for: step, in: file) else {
            // It cannot be opened or understood: it stays as it is, and is the first to be dropped.
            if step == .reblock {
                index.regions.untouched.remove(head...head)
            } else {
                index.regions.move(head, to: .stripped)
            }
            return 0
        }
        // A group that the newest batches will still add to is worth waiting for.
        if step == .reblock, !isComplete { return nil }
        if let sealed = group.sealed() {
            try replace(group, with: sealed, in: file)
        } else {
            // Nothing to be saved: the same as if it had been done. Not worth a transaction.
            for sequence in group.sequences {
                if step == .reblock {
                    index.regions.untouched.remove(sequence...sequence)
                } else {
                    index.regions.move(sequence, to: step.target)
                }
            }
        }
        return group.decoded
    }

    /// nil: not even the first one can be read.
    private func gather(
        from head: UInt64, for step: ThinningStep, in file: OutboxFile
    ) throws(StorageError) -> (ThinningGroup, isComplete: Bool)? {
        guard let (first, bytes) = try readable(head, in: file),
            let classes = try classes(of: first.batch.dictionary, in: file),
            var group = try? ThinningGroup(
                first, length: bytes.count, step: step, acknowledgements: index.acknowledgements(of: head),
                classes: classes, day: localDays.day, largestBatch: largestBatch,
                rowLimit: min(layout.deletionRows, 128))
        else { return nil }
        var last = head
        while let next = candidate(for: step, from: last + 1) {
            // Re-blocked batches must be neighbours: nothing that was sent may lie between them.
            if step == .reblock, index.next(in: .plain, from: last + 1) != next { return (group, true) }
            guard let (envelope, bytes) = try readable(next, in: file) else { return (group, true) }
            let acknowledgements = index.acknowledgements(of: next)
            let isTaken = try? group.add(envelope, length: bytes.count, acknowledgements: acknowledgements)
            guard isTaken ?? false else { return (group, true) }
            last = next
        }
        return (group, false)
    }

    /// nil: its bytes are damaged; that is dealt with when it is read for sending.
    private func readable(_ sequence: UInt64, in file: OutboxFile) throws(StorageError) -> (BatchEnvelope, [UInt8])? {
        do {
            return try file.envelope(of: sequence)
        } catch {
            if error.recovery == .giveUp { return nil }
            throw error
        }
    }

    private func classes(of id: DictionaryID, in file: OutboxFile) throws(StorageError) -> PointClasses? {
        if let known = pointClasses.first(where: { $0.id == id }) { return known.classes }
        guard let json = try file.json(of: id), let classes = PointClasses(json: json, id: id) else { return nil }
        pointClasses.append((id, classes))
        if pointClasses.count > Self.classesLimit { pointClasses.removeFirst() }
        return classes
    }

    /// Stores the new batch under the next number and deletes those that it names.
    private func replace(
        _ group: ThinningGroup, with batch: SealedBatch, in file: OutboxFile
    ) throws(StorageError) {
        var next = index
        var dictionaries = dictionaries
        next.lastSequence += 1
        let stored = batch.stored(as: BatchKey(epoch: file.epoch, sequence: next.lastSequence))
        next.stored.insert(next.lastSequence)
        next.regions.move(next.lastSequence, to: group.step.target)
        noteTouch(from: next.lastSequence, heard: isHeard(at: time.bootTime()), in: &next)
        for receiver in group.acknowledgedBy { _ = next.acknowledge(next.lastSequence, by: receiver) }
        try file.connection.transaction { () throws(StorageError) in
            // First, so that the pages are free for the new one.
            for range in SequenceSet(group.sequences.map { $0...$0 }).ranges {
                try file.delete(range)
                next.remove(range)
            }
            try use(stored, of: &dictionaries, in: file)
            try file.insert(stored)
            try file.save(next, lastReading: lastReading)
            try forgetUnneeded(&dictionaries, stored: next.stored, in: file)
        }
        index = next
        self.dictionaries = dictionaries
        times.set(stored.key.sequence, batch.times)
        if group.step == .reblock { reblocked += 1 } else { thinned += 1 }
        writeMark(in: file)
        checkpointIfDue(file)
    }
}
