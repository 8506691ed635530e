internal import GatewayModel
internal import Logging

extension Outbox {
    /// What one append waits for: readings opened, and steps; then the oldest batches go at once.
    private static let patience = (readings: 3 * ThinningGroup.sourceLimit, steps: 64)

    /// Makes room for `bytes` more: first what is acknowledged goes, then old readings are thinned, then the oldest
    /// batches go.
    func makeRoom(for bytes: Int, in file: OutboxFile) throws(StorageError) {
        let needed = layout.pagesNeeded(for: bytes)
        var patience = Self.patience
        // Each round deletes or thins something, so this ends.
        while true {
            let missing = try file.usedPages() + needed - layout.pages
            let before = index.stored.count + foreignCount
            guard missing > 0, before > 0 else { return }
            if !index.nextDeletion(limit: 1).isEmpty {
                try flush()
            } else if patience.steps > 0, patience.readings > 0, let cost = try makeSmaller(in: file) {
                patience = (patience.readings - cost, patience.steps - 1)
                continue
            } else if try !evictForeign(in: file) {
                try evictOldest(pages: missing, in: file)
            }
            if index.stored.count + foreignCount == before { return }
        }
    }

    private var foreignCount: UInt64 { foreign.reduce(0) { $0 + $1.index.stored.count } }

    /// Whether `SQLITE_FULL` is our own limit's, not the disk's.
    func isAtLimit(_ bytes: Int, in file: OutboxFile) throws(StorageError) -> Bool {
        try file.usedPages() + layout.pagesNeeded(for: bytes) + 8 > layout.pages
    }

    /// Drops the oldest batches until about `pages` are free, and at least half a percent of the store, so that a full
    /// store does not evict with every append.
    func evictOldest(pages: Int64, in file: OutboxFile) throws(StorageError) {
        guard var region = index.oldestRegion else { return }
        if region == .reblocked { region = oldestFine { index.next(in: $0, from: 0) }?.region ?? region }
        let target = max(pages, layout.pages / 200)
        var freed: Int64 = 0
        var victims: [UInt64] = []
        for sequence in index.oldest(in: region, limit: layout.deletionRows) where freed < target {
            freed += (try file.length(of: sequence) ?? 0) / (layout.pageSize - 4) + 1
            victims.append(sequence)
        }
        try evict(victims, in: file)
    }

    /// Drops batches up to a number, at most one transaction's share, whatever is left in them.
    func evict(through last: UInt64, in file: OutboxFile) throws(StorageError) {
        var victims: [UInt64] = []
        var candidate = index.stored.first
        while let number = candidate, number <= last, victims.count < layout.deletionRows {
            victims.append(number)
            candidate = index.stored.next(from: number + 1)
        }
        try evict(victims, in: file)
    }

    /// Drops batches, in the order of their times and at most one transaction's share, and leaves a gap record in the
    /// same transaction.
    private func evict(_ victims: [UInt64], in file: OutboxFile) throws(StorageError) {
        guard let first = victims.first, let end = victims.last else { return }
        let from = times(of: first)?.first
        let to = times(of: end)?.last
        let total = evicted + UInt64(victims.count)
        let ranges = SequenceSet(victims.map { $0...$0 }).ranges
        try drop(ranges, reason: .evicted, from: from, to: to, evicted: total, in: file)
        evicted = total
        let now = time.bootTime()
        if lastEvictionLog.map({ now - $0 > .seconds(3600) }) ?? true {
            lastEvictionLog = now
            logger.warning(
                "store drops its oldest batches", metadata: ["through": "\(end)", "dropped": "\(evicted) in all"])
        }
    }

    /// Drops what is older than the configuration allows, as far as its age is known: a batch whose newest reading
    /// is.
    func evictExpired() {
        guard let file, !mustReopen else { return }
        for region in BatchRegions.Region.allCases { evictExpired(in: region, of: file) }
    }

    private func evictExpired(in region: BatchRegions.Region, of file: OutboxFile) {
        guard let oldest = index.next(in: region, from: 0), let times = times(of: oldest) else { return }
        guard let expired = isExpired(times.last) else { return evictHiddenExpired(in: region, of: file) }
        guard expired else { return }
        attempt("eviction by age") { () throws(StorageError) in
            let candidates = index.oldest(in: region, limit: layout.deletionRows)
            // Times rise with the number within a region, so what lies before an expired batch has expired too.
            var (low, high) = (0, candidates.count)
            while low < high {
                let middle = (low + high) / 2
                if let times = self.times(of: candidates[middle]), isExpired(times.last) == true {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            try evict(Array(candidates[..<low]), in: file)
        }
    }

    /// Batches of unknown age are as old as those behind them at least.
    private func evictHiddenExpired(in region: BatchRegions.Region, of file: OutboxFile) {
        let now = time.bootTime()
        guard now >= nextHiddenAgeCheck else { return }
        nextHiddenAgeCheck = now + .seconds(600)
        attempt("eviction by age") { () throws(StorageError) in
            let candidates = index.oldest(in: region, limit: layout.deletionRows)
            let expired = candidates.lastIndex { self.times(of: $0).flatMap { isExpired($0.last) } == true }
            if let expired { try evict(Array(candidates[...expired]), in: file) }
        }
    }

    /// nil: of another boot and never anchored, or the time is not known now.
    func isExpired(_ time: BatchTime) -> Bool? {
        let now = self.time.bootTime()
        if time.boot == boot { return now - time.bootTime > configuration.age }
        guard let anchor, anchor.isTrusted(at: now), let wall = time.wall else { return nil }
        return anchor.realTime(at: now) - wall > configuration.age
    }
}
