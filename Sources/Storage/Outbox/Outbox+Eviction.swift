internal import GatewayModel
internal import Logging

extension Outbox {
    /// Makes room for `bytes` more: first what is acknowledged goes, then the oldest.
    func makeRoom(for bytes: Int, in file: OutboxFile) throws(StorageError) {
        let needed = layout.pagesNeeded(for: bytes)
        // Each round deletes something, so this ends.
        while true {
            let missing = try file.usedPages() + needed - layout.pages
            let before = index.stored.count + foreignCount
            guard missing > 0, before > 0 else { return }
            if !index.nextDeletion(limit: 1).isEmpty {
                try flush()
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
        let target = max(pages, layout.pages / 200)
        var freed: Int64 = 0
        var last: UInt64?
        for (sequence, bytes) in try file.oldest(limit: layout.deletionRows) where freed < target {
            freed += bytes / (layout.pageSize - 4) + 1
            last = sequence
        }
        if let last { try evict(through: last, in: file) }
    }

    /// Drops the batches up to `last`, at most one transaction's share, and leaves a gap record in the same
    /// transaction.
    func evict(through last: UInt64, in file: OutboxFile) throws(StorageError) {
        guard let first = index.stored.first, first <= last else { return }
        let candidates = try file.oldest(limit: layout.deletionRows).map(\.sequence).filter { $0 <= last }
        guard let end = candidates.last else { return }
        let from = times(of: first)?.first
        let to = times(of: end)?.last
        let total = evicted + UInt64(candidates.count)
        try drop(first...end, reason: .evicted, from: from, to: to, evicted: total, in: file)
        evicted = total
        let now = time.bootTime()
        if lastEvictionLog.map({ now - $0 > .seconds(3600) }) ?? true {
            lastEvictionLog = now
            logger.warning(
                "store drops its oldest batches", metadata: ["through": "\(end)", "dropped": "\(evicted) in all"])
        }
    }

    /// Drops what is older than the configuration allows, as far as its age is known.
    func evictExpired() {
        guard let file, !mustReopen, let oldest = index.stored.first, let times = times(of: oldest) else { return }
        guard let expired = isExpired(times.last) else { return evictHiddenExpired(in: file) }
        guard expired else { return }
        attempt("eviction by age") { () throws(StorageError) in
            let candidates = try file.oldest(limit: layout.deletionRows).map(\.sequence)
            // Times rise with the number, so what lies before an expired batch has expired too.
            var (low, high) = (0, candidates.count)
            while low < high {
                let middle = (low + high) / 2
                if let times = self.times(of: candidates[middle]), isExpired(times.last) == true {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            if low > 0 { try evict(through: candidates[low - 1], in: file) }
        }
    }

    /// Batches of unknown age are as old as those behind them at least.
    private func evictHiddenExpired(in file: OutboxFile) {
        let now = time.bootTime()
        guard now >= nextHiddenAgeCheck else { return }
        nextHiddenAgeCheck = now + .seconds(600)
        attempt("eviction by age") { () throws(StorageError) in
            let candidates = try file.oldest(limit: layout.deletionRows).map(\.sequence)
            let expired = candidates.last { self.times(of: $0).flatMap { isExpired($0.last) } == true }
            if let expired { try evict(through: expired, in: file) }
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
