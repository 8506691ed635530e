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
        guard let newest = index.stored.last, newest == index.lastSequence else { return }
        do {
            if let (envelope, _) = try file.envelope(of: newest) { lastReading = envelope.batch.times.last }
        } catch {
            // A damaged blob is dealt with when it is read for sending; a damaged page means a damaged file.
            if error.recovery != .giveUp { throw error }
        }
    }

    /// Everything that lay in the damaged file is lost to the receivers until it is salvaged.
    mutating func reportSetAside(_ file: SetAsideFile, mark: CommitMark?) {
        lastReading = mark?.lastReading
        addGap(from: mark?.oldestReading, to: mark?.lastReading)
    }

    /// Commits that the mark knows and the file does not: their numbers stay unused.
    mutating func reportMissing(after mark: CommitMark) {
        guard mark.sequence > index.lastSequence else { return }
        missing = mark.sequence - index.lastSequence
        addGap(from: lastReading, to: mark.lastReading)
        index.lastSequence = mark.sequence
        lastReading = mark.lastReading ?? lastReading
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
