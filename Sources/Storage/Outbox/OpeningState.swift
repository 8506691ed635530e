internal import GatewayModel
internal import Telemetry

/// What opening finds out before the first write. Its own type so that a failing start leaves the actor as it was.
struct OpeningState {
    var index: OutboxIndex
    var gaps: [GapRecord]
    var dictionaries: [DictionaryUse]
    var nextGapID: Int64
    var lastReading: BatchTime?
    let earlierBoots: [BootRecord]
    var bootRecord: BootRecord
    var missing: UInt64 = 0

    init(file: OutboxFile, index: OutboxIndex, boot: BootID, nextGapID: Int64) throws(StorageError) {
        self.index = index
        gaps = try file.gaps()
        dictionaries = try file.dictionaries()
        self.nextGapID = max(nextGapID, (gaps.last?.id ?? 0) + 1)
        let boots = try file.boots()
        earlierBoots = boots.filter { $0.id != boot }
        bootRecord =
            boots.first { $0.id == boot }
            ?? BootRecord(id: boot, firstSequence: index.lastSequence + 1, releasedThrough: 0)
        try findLastReading(in: file)
        convertGapEdges()
    }

    /// From the newest batch itself, or from what was noted when it was deleted.
    private mutating func findLastReading(in file: OutboxFile) throws(StorageError) {
        lastReading = BatchTime(encoded: try file.blob("last_reading") ?? [])
        guard let newest = index.stored.last, newest == index.lastSequence,
            index.regions.region(of: newest) == .plain
        else { return }
        do {
            if let (envelope, _) = try file.envelope(of: newest) { lastReading = envelope.batch.times.last }
        } catch {
            // A damaged blob is dealt with when it is read for sending; a damaged page means a damaged file.
            if error.recovery != .giveUp { throw error }
        }
    }

    /// What lay in the damaged file is salvaged; what lay in one that could not even be kept is lost.
    mutating func reportSetAside(_ file: SetAsideFile, mark: CommitMark?) {
        lastReading = mark?.lastReading
        if file.name == nil, let mark, mark.sequence >= 1 { addGap(from: mark.oldestReading, to: mark.lastReading) }
    }

    /// Commits that the mark knows and the file does not: what could not be got out of the WAL is lost, and its numbers
    /// stay unused.
    /// - Parameter last: the last number that SQLite shows; batches behind it have been got out of the WAL.
    /// - Parameter replaced: numbers whose place one of those batches takes.
    mutating func reportMissing(
        after mark: CommitMark, beyond last: UInt64, besides replaced: SequenceSet, in file: OutboxFile
    ) {
        guard mark.sequence > last else { return }
        var lost = SequenceSet([(last + 1)...mark.sequence])
        for range in index.stored.ranges + replaced.ranges { lost.remove(range) }
        missing = lost.count
        for range in lost.ranges {
            let before = index.stored.previous(from: range.lowerBound - 1)
            let after = index.stored.next(from: range.upperBound.addingClamped(1))
            addGap(
                from: before.flatMap { Self.times(of: $0, in: file)?.last } ?? (before == nil ? lastReading : nil),
                to: after.flatMap { Self.times(of: $0, in: file)?.first } ?? mark.lastReading)
        }
        index.lastSequence = mark.sequence
        lastReading = mark.lastReading ?? lastReading
    }

    private static func times(of sequence: UInt64, in file: OutboxFile) -> BatchTimes? {
        (try? file.envelope(of: sequence)).flatMap { $0 }?.0.batch.times
    }

    /// Ends of gaps that are told in an earlier boot's time get wall time where its anchor is known, before that
    /// anchor is forgotten.
    private mutating func convertGapEdges() {
        func converted(_ time: BatchTime?) -> BatchTime? {
            guard var time, time.wall == nil, let boot = earlierBoots.first(where: { $0.id == time.boot })
            else { return time }
            time.wall = boot.anchor?.realTime(at: time.bootTime)
            return time
        }
        for position in gaps.indices {
            gaps[position].from = converted(gaps[position].from)
            gaps[position].to = converted(gaps[position].to)
        }
    }

    private mutating func addGap(from: BatchTime?, to: BatchTime?) {
        if gaps.count >= GapRecord.limit, let last = gaps.indices.last {
            gaps[last].to = to
            return
        }
        gaps.append(GapRecord(id: nextGapID, reason: .corrupt, from: from, to: to))
        nextGapID += 1
    }
}
