internal import GatewayModel

/// Decides which batch a receiver is sent next. Pure, and bounded: keys only, one page of the backlog at a time.
///
/// Live goes before backlog, newest first; after a reconnect the newest stored batch counts as live, everything else
/// that the receiver has not acknowledged is backlog, oldest first. Batches with alarms go before both, in their order,
/// also those that came while there was no connection or in an earlier life. A key is handed out once; it comes back only
/// by ``returned(_:)``, or after ``reset(keeping:)``.
struct LanePlan {
    /// Keys of the backlog held at a time.
    static let pageSize = 256
    /// Live batches that wait for a free slot; older ones become backlog.
    static let liveCapacity = 16
    /// Batches with alarms that are known not to be acknowledged yet; of more, the store is asked when these are.
    static let urgentCapacity = 64
    /// Batches that the receiver refused by themselves and that are left out until the next connection.
    static let asideCapacity = 64

    /// What has to be asked of the store; one question at a time.
    enum Question: Equatable {
        /// The oldest unacknowledged keys of batches with alarms.
        case urgent
        /// The newest unacknowledged key.
        case newest
        /// A page of unacknowledged keys, oldest first.
        case page(after: BatchKey?)
    }

    private enum Scan { case running, complete }

    /// Oldest first, also those that are on their way.
    private var urgent: [BatchKey] = []
    /// Oldest first.
    private var live: [BatchKey] = []
    /// Newest first, so that the next one is last.
    private var page: [BatchKey] = []
    private var cursor: BatchKey?
    private var scan = Scan.running
    private var wantsUrgent = true
    /// There are more than the store has named.
    private var moreUrgent = false
    private var wantsNewest = true
    /// Something behind the cursor has to be sent again.
    private var scanAgain = false
    private var asked: Question?
    /// The question was asked before everything began again.
    private var isStale = false
    /// Handed out and neither settled nor returned.
    private var busy: Set<BatchKey> = []
    /// Settled while the store was computing an answer that may still name them.
    private var settledMeanwhile: Set<BatchKey> = []
    private(set) var aside: Set<BatchKey> = []

    /// Handed out and neither settled nor returned.
    var busyCount: Int { busy.count }
    /// Keys at hand that can be sent without asking the store.
    var hasCandidates: Bool { !live.isEmpty || !page.isEmpty || nextUrgent != nil }
    private var nextUrgent: BatchKey? { urgent.first { !busy.contains($0) && !aside.contains($0) } }
    /// Everything that the store named has been handed out.
    var isCaughtUp: Bool { scan == .complete && !scanAgain && !wantsNewest && !hasCandidates }

    /// A connection begins: what was on its way is taken from the store again, but for `keys`, which the receiver has
    /// and the store does not know of yet. An answer that is still awaited is ignored.
    mutating func reset(keeping keys: some Sequence<BatchKey>) {
        busy = Set(keys)
        aside.removeAll()
        beginAgain()
    }

    /// Newest first, then the backlog from its oldest; what is on its way is left out.
    mutating func beginAgain() {
        live.removeAll()
        restartScan()
        wantsUrgent = true
        wantsNewest = true
        isStale = asked != nil
    }

    /// Looks at the whole store again; what is on its way is left out.
    mutating func rescan() {
        if scan == .complete { restartScan() } else { scanAgain = true }
    }

    private mutating func restartScan() {
        scan = .running
        scanAgain = false
        cursor = nil
        page.removeAll()
    }

    /// A batch with alarms became durable, whether or not the receiver is connected.
    mutating func alarmed(_ key: BatchKey) {
        guard !urgent.contains(key) else { return }
        if urgent.count < Self.urgentCapacity { urgent.append(key) } else { moreUrgent = true }
    }

    /// A batch became durable while the receiver is connected.
    mutating func arrived(_ key: BatchKey) {
        guard !busy.contains(key), !live.contains(key), !aside.contains(key) else { return }
        page.removeAll { $0 == key }
        live.append(key)
        if live.count > Self.liveCapacity {
            live.removeFirst()
            rescan()
        }
    }

    /// The next question, which then counts as asked; nil while one is unanswered or nothing is to be asked.
    mutating func question() -> Question? {
        guard asked == nil else { return nil }
        if wantsUrgent {
            asked = .urgent
        } else if wantsNewest {
            asked = .newest
        } else if scan == .running, page.isEmpty {
            asked = .page(after: cursor)
        }
        return asked
    }

    mutating func answer(urgent keys: [BatchKey]) {
        let settled = settledMeanwhile
        finishQuestion { plan, _ in
            plan.wantsUrgent = false
            plan.moreUrgent = keys.count >= Self.urgentCapacity
            let old = keys.filter { !settled.contains($0) }
            plan.urgent = Array((old + plan.urgent.filter { !old.contains($0) }).prefix(Self.urgentCapacity))
        }
    }

    mutating func answer(newest keys: [BatchKey]) {
        finishQuestion { plan, isKnown in
            plan.wantsNewest = false
            guard let key = keys.first, !isKnown(key) else { return }
            plan.live.insert(key, at: 0)
        }
    }

    mutating func answer(page keys: [BatchKey], after: BatchKey?) {
        finishQuestion { plan, isKnown in
            guard plan.scan == .running, plan.cursor == after else { return }
            let keys = keys.prefix(Self.pageSize)
            guard let last = keys.last else {
                plan.scan = .complete
                if plan.scanAgain { plan.restartScan() }
                return
            }
            plan.cursor = last
            plan.page = keys.reversed().filter { !isKnown($0) }
        }
    }

    private mutating func finishQuestion(_ body: (inout LanePlan, (BatchKey) -> Bool) -> Void) {
        let (busy, settled, aside, live) = (busy, settledMeanwhile, aside, Set(live))
        let wasStale = isStale
        asked = nil
        isStale = false
        settledMeanwhile.removeAll()
        if wasStale { return }
        body(&self) { busy.contains($0) || settled.contains($0) || aside.contains($0) || live.contains($0) }
    }

    /// The next batch to fetch and send, or nil.
    ///
    /// - Parameters:
    ///   - free: slots of the window that are free. The last one is kept for the live lane, unless the whole window is
    ///     one slot wide.
    ///   - backlog: false: the backlog rests (``BacklogPace``).
    mutating func next(free: Int, window: Int, backlog: Bool = true) -> (key: BatchKey, lane: Lane)? {
        guard free > 0 else { return nil }
        if let key = nextUrgent {
            live.removeAll { $0 == key }
            page.removeAll { $0 == key }
            busy.insert(key)
            return (key, .live)
        }
        if let key = live.popLast() {
            busy.insert(key)
            return (key, .live)
        }
        guard backlog, free > (window > 1 ? 1 : 0), let key = page.popLast() else { return nil }
        busy.insert(key)
        return (key, .backlog)
    }

    /// Acknowledged and recorded by the store, or gone from it.
    mutating func settled(_ key: BatchKey) {
        busy.remove(key)
        if asked != nil { settledMeanwhile.insert(key) }
        urgent.removeAll { $0 == key }
        if urgent.isEmpty, moreUrgent { wantsUrgent = true }
        live.removeAll { $0 == key }
        page.removeAll { $0 == key }
    }

    /// Handed out but not acknowledged: to be sent again.
    mutating func returned(_ key: BatchKey) {
        guard busy.remove(key) != nil else { return }
        rescan()
    }

    /// The receiver refuses this one batch: left out for a long while, so that it holds up no other. Beyond the
    /// capacity it is met again by the next look through the store.
    mutating func putAside(_ key: BatchKey) {
        guard busy.remove(key) != nil, aside.count < Self.asideCapacity else { return }
        aside.insert(key)
    }

    mutating func retryAside() {
        guard !aside.isEmpty else { return }
        aside.removeAll()
        rescan()
    }
}
