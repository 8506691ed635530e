internal import GatewayModel
internal import Storage
internal import Synchronization
internal import Telemetry

/// Sealed batches on their way to the disk: in memory only while the store is slow, full or not open yet.
///
/// Bounded; when the disk stays away the oldest batch goes and its span is remembered for a gap, so that what reaches
/// the store once it is back is the newest.
final class StoreQueue: Sendable {
    /// 64 batches of at most 64 KiB of content each: at most about 4 MiB.
    static let capacity = 64

    struct Item: Sendable {
        var batch: SealedBatch
        /// Gaps that the store had kept and that are inside this batch now.
        var consumes: [PendingGap.ID]
    }

    private struct State {
        var items: [Item] = []
        var lost: UInt64 = 0
    }

    private let state = Mutex(State())
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Never waits. Returns the batch that had to go for it, if any.
    func offer(_ item: Item) -> Item? {
        let dropped: Item? = state.withLock { state in
            state.items.append(item)
            guard state.items.count > Self.capacity else { return nil }
            state.lost += 1
            return state.items.removeFirst()
        }
        arrived.yield()
        return dropped
    }

    /// The oldest items, at most `limit`; they stay until ``remove(_:)``.
    func oldest(_ limit: Int) -> [Item] { state.withLock { Array($0.items.prefix(limit)) } }

    /// Removes items that are stored now. One that was dropped meanwhile is not there any more.
    func remove(_ stored: [Item]) {
        state.withLock { state in
            let done = Set(stored.map(\.batch))
            state.items.removeAll { done.contains($0.batch) }
        }
    }

    /// Ends when ``close()`` was called and the last arrival has been told.
    var signals: AsyncStream<Void> { arrivals }

    func close() { arrived.finish() }

    /// For status: batches that wait, and batches lost since the start.
    var fill: (waiting: Int, capacity: Int, lost: UInt64) {
        state.withLock { ($0.items.count, Self.capacity, $0.lost) }
    }
}
