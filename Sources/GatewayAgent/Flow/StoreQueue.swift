internal import GatewayModel
internal import Storage
internal import Synchronization
internal import Telemetry

/// Sealed batches on their way to the disk: in memory only while the store is slow, full or not open yet.
///
/// Bounded; when the disk stays away the oldest batch goes and its span is remembered for a gap, so that what reaches
/// the store once it is back is the newest. While the store cannot be written, receivers are served from here
/// (StoreQueue+Volatile.swift).
final class StoreQueue: Sendable {
    /// Batches; at 10 s each, 85 minutes.
    static let capacity = 512
    /// Bytes of their bodies.
    static let byteCapacity = 4 << 20

    struct Item: Sendable {
        var batch: SealedBatch
        /// Gaps that the store had kept and that are inside this batch now.
        var consumes: [PendingGap.ID]
        /// What becomes durable with it: counters, and how alarms stand after its events.
        var totals: [CounterTotal] = []
        /// Its events.
        var alarms: [AlarmEvent] = []
    }

    struct Entry: Sendable {
        /// Tells entries apart, in the order they came.
        var id: UInt64
        var item: Item
        /// What receivers may have been sent, once they were told of it: it keeps this key and these bytes for ever.
        var sent: StoredBatch?
        /// Receivers that have acknowledged `sent`.
        var acknowledged: Set<ReceiverIndex> = []
        /// Being stored: no receiver may be told of it now.
        var isClaimed = false
        /// Its number, kept for it while it is claimed or waits for the clock and newer ones get theirs: numbers follow
        /// the order of time.
        var number: UInt64?

        var bytes: Int { item.batch.body.count + (sent?.bytes.count ?? 0) }
    }

    struct State {
        var entries: [Entry] = []
        var bytes = 0
        var nextID: UInt64 = 1
        var lost: UInt64 = 0
        var volatile: Volatile
    }

    let state: Mutex<State>
    /// Receivers that must have a batch before it may leave.
    let must: Set<ReceiverIndex>
    let time: any TimeSource
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    /// - Parameter receivers: for each receiver, whether it must have every batch; when none must, all of them must.
    init(boot: BootID, receivers: [Bool], time: any TimeSource) {
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        let marked = receivers.indices.filter { receivers[$0] }
        must = Set(marked.isEmpty ? Array(receivers.indices) : marked)
        self.time = time
        state = Mutex(State(volatile: Volatile(epoch: .volatile(boot: boot, started: time.bootTime()))))
    }

    /// Never waits. Returns what had to go for it, oldest first.
    func offer(_ item: Item) -> [Item] {
        let (dropped, news) = state.withLock { state in
            let entry = Entry(id: state.nextID, item: item)
            state.nextID += 1
            state.entries.append(entry)
            state.bytes += entry.bytes
            var dropped: [Item] = []
            while state.entries.count > Self.capacity || (state.bytes > Self.byteCapacity && state.entries.count > 1) {
                let oldest = state.entries.removeFirst()
                state.bytes -= oldest.bytes
                state.lost += 1
                dropped.append(oldest.item)
            }
            return (dropped, state.news(now: time.bootTime()))
        }
        for (batch, tell) in news { tell(batch) }
        arrived.yield()
        return dropped
    }

    /// Takes the oldest for storing: all new ones, or all that were sent already. They stay in the queue, and receivers
    /// are told of no new one of them, until ``remove(_:)`` or ``release(_:)``.
    func claim(_ limit: Int) -> [Entry] {
        state.withLock { state in
            guard let first = state.entries.first else { return [] }
            let group = state.entries.prefix(limit).prefix { ($0.sent == nil) == (first.sent == nil) }
            for position in group.indices { state.entries[position].isClaimed = true }
            return Array(group)
        }
    }

    /// They are stored, or never can be. One that was dropped meanwhile is not there any more.
    func remove(_ claimed: [Entry]) {
        state.withLock { state in
            let done = Set(claimed.map(\.id))
            state.entries.removeAll { done.contains($0.id) }
            state.bytes = state.entries.reduce(0) { $0 + $1.bytes }
        }
    }

    /// They could not be stored now.
    func release(_ claimed: [Entry]) {
        state.withLock { state in
            let done = Set(claimed.map(\.id))
            for position in state.entries.indices where done.contains(state.entries[position].id) {
                state.entries[position].isClaimed = false
            }
        }
    }

    /// Ends when ``close()`` was called and the last arrival has been told.
    var signals: AsyncStream<Void> { arrivals }

    func close() { arrived.finish() }

    /// For status: batches that wait, and batches lost since the start.
    var fill: (waiting: Int, capacity: Int, lost: UInt64) {
        state.withLock { ($0.entries.count, Self.capacity, $0.lost) }
    }
}
