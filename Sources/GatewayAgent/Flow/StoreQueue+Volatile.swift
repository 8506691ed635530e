internal import GatewayModel
internal import Storage
internal import Synchronization
internal import Telemetry

/// While the store cannot be written, batches leave from memory under an epoch of their own: the only exception to
/// "sent only from the store" (architecture, invariant 4).
///
/// A batch gets its number when a receiver is first told of it and keeps key and bytes from then on. Once all that must
/// have it have acknowledged it, it need not be stored; one that is left when the store is back is stored under the same
/// key, so that it is recognised wherever it was received already.
extension StoreQueue {
    /// How long batches without a clock anchor wait for one (architecture, invariant 9).
    static let longestHold: Nanoseconds = .seconds(600)

    struct Volatile: Sendable {
        let epoch: Epoch
        /// nil: the store can be written.
        var since: BootTime?
        var lastSequence: UInt64 = 0
        var anchor: WallAnchor?
        /// Batches that all receivers have which must have them, since the start; they were never stored.
        var delivered: UInt64 = 0
        /// Gaps inside such batches: still to be taken out of the store.
        var consumed: [PendingGap.ID] = []
        /// What such batches tell: still to be made durable.
        var totals: [CounterTotal] = []
        var listener: (@Sendable (StoredBatch) -> Void)?
    }

    /// For status.
    struct VolatileStatus: Hashable, Sendable {
        var since: BootTime?
        /// Batches that wait in memory and that receivers were told of.
        var sent: Int
        var delivered: UInt64
    }

    var volatileStatus: VolatileStatus {
        state.withLock { state in
            VolatileStatus(
                since: state.volatile.since, sent: state.entries.count { $0.sent != nil },
                delivered: state.volatile.delivered)
        }
    }

    var epoch: Epoch { state.withLock { $0.volatile.epoch } }
    var isVolatile: Bool { state.withLock { $0.volatile.since != nil } }

    /// Who is told, on the thread that finds out, that a batch may be sent.
    func setListener(_ body: @escaping @Sendable (StoredBatch) -> Void) {
        state.withLock { $0.volatile.listener = body }
    }

    func setAnchor(_ anchor: WallAnchor) { state.withLock { $0.volatile.anchor = anchor } }

    /// The store cannot be written: from now on receivers are served from memory.
    func beginVolatile() {
        let news = state.withLock { state in
            let now = time.bootTime()
            if state.volatile.since == nil { state.volatile.since = now }
            return state.news(now: now)
        }
        for (batch, tell) in news { tell(batch) }
    }

    func endVolatile() { state.withLock { $0.volatile.since = nil } }

    /// Gaps and totals that have left the box in batches that were never stored.
    func takeDelivered() -> (consumed: [PendingGap.ID], totals: [CounterTotal]) {
        state.withLock { state in
            defer { (state.volatile.consumed, state.volatile.totals) = ([], []) }
            return (state.volatile.consumed, state.volatile.totals)
        }
    }

    // MARK: What receivers ask

    /// Keys that `receiver` has not acknowledged, in the order of their numbers.
    func unacknowledged(by receiver: ReceiverIndex, urgent: Bool = false) -> [BatchKey] {
        state.withLock { state in
            state.number(now: time.bootTime())
            let wanted = state.entries.filter { $0.item.batch.urgent || !urgent }
            return wanted.compactMap { $0.acknowledged.contains(receiver) ? nil : $0.sent?.key }
                .sorted { $0.sequence < $1.sequence }
        }
    }

    func batch(_ key: BatchKey) -> StoredBatch? {
        state.withLock { state in state.entries.first { $0.sent?.key == key }?.sent }
    }

    /// - Returns: keys that the store has to be told of, too.
    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) -> [BatchKey] {
        state.withLock { state in
            keys.filter { key in
                guard let position = state.entries.firstIndex(where: { $0.sent?.key == key }) else { return true }
                state.entries[position].acknowledged.insert(receiver)
                let entry = state.entries[position]
                if entry.isClaimed { return true }
                guard must.isSubset(of: entry.acknowledged) else { return false }
                state.entries.remove(at: position)
                state.bytes -= entry.bytes
                state.volatile.delivered += 1
                state.volatile.consumed += entry.item.consumes
                // The newest of a key is the largest.
                for total in entry.item.totals {
                    state.volatile.totals.removeAll { $0.key == total.key }
                    state.volatile.totals.append(total)
                }
                return false
            }
        }
    }
}

extension StoreQueue.State {
    /// Gives numbers and bytes to all that may be sent and have none, in their order.
    /// - Returns: those that are new.
    @discardableResult
    mutating func number(now: BootTime) -> [StoredBatch] {
        guard volatile.since != nil else { return [] }
        var fresh: [StoredBatch] = []
        let lastUrgent = entries.lastIndex { $0.item.batch.urgent } ?? -1
        for position in entries.indices where entries[position].sent == nil {
            var batch = entries[position].item.batch
            batch.anchor = batch.anchor ?? volatile.anchor
            // An alarm does not wait for the clock; what is before it does, with a number that goes before.
            let mayGo = batch.anchor != nil || batch.urgent || now - batch.last >= StoreQueue.longestHold
            guard mayGo || position < lastUrgent else { continue }
            if entries[position].number == nil { volatile.lastSequence += 1 }
            let number = entries[position].number ?? volatile.lastSequence
            entries[position].number = number
            if entries[position].isClaimed || !mayGo { continue }
            let stored = batch.stored(as: BatchKey(epoch: volatile.epoch, sequence: number))
            // The body is in the bytes now.
            bytes -= entries[position].bytes
            entries[position].item.batch.body = []
            entries[position].sent = stored
            bytes += entries[position].bytes
            fresh.append(stored)
        }
        return fresh
    }

    /// What the listener is to be told, outside the lock: those with alarms and the newest; it asks for the rest.
    mutating func news(now: BootTime) -> [(StoredBatch, @Sendable (StoredBatch) -> Void)] {
        guard let listener = volatile.listener else { return [] }
        return number(now: now).worthTelling.map { ($0, listener) }
    }
}
