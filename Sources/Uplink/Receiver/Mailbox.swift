internal import GatewayModel
internal import Synchronization
internal import Telemetry
internal import ThreadExecutor

/// What other threads tell a receiver's loop; each letter ends the loop's wait.
final class Mailbox: Sendable {
    enum Letter: Sendable {
        case lookedUp(Result<[ResolvedAddress], MQTTProblem>)
        case urgent([BatchKey])
        case newest([BatchKey])
        case page([BatchKey], after: BatchKey?)
        /// nil: the batch is gone from the store. `connection`: the one that it was read for.
        case fetched(BatchKey, Lane, StoredBatch?, connection: Int)
        case fetchEnded
        /// nil: the store has it no more.
        case dictionary(DictionaryID, [UInt8]?)
        case recorded([BatchKey])
    }

    struct Contents: Sendable {
        /// Answers only, so never more than were asked for.
        var letters: [Letter] = []
        var arrivals: [BatchKey] = []
        /// Of the arrivals, and of those that are not remembered, the ones with alarms; at most `LanePlan.urgentCapacity`.
        var urgent: [BatchKey] = []
        /// More arrived than are remembered: the store has to be looked through.
        var missedArrivals = false
        /// Set once: stop, and be done by then.
        var stopBy: BootTime?
    }

    private struct State: Sendable {
        var contents = Contents()
        /// The newest blobs, to save a read each; oldest first.
        var fresh: [StoredBatch] = []
        var freshBytes = 0
    }

    /// Arrivals remembered between two rounds of the loop.
    static let arrivalCapacity = 64

    let wakeUp = WakeUp()
    private let limits: ReceiverLimits
    private let state = Mutex(State())

    init(limits: ReceiverLimits) { self.limits = limits }

    func post(_ letter: Letter) {
        state.withLock { $0.contents.letters.append(letter) }
        wakeUp.signal()
    }

    func arrived(_ batch: StoredBatch) {
        state.withLock { state in
            if batch.isUrgent, state.contents.urgent.count < LanePlan.urgentCapacity {
                state.contents.urgent.append(batch.key)
            }
            if state.contents.arrivals.count < Self.arrivalCapacity {
                state.contents.arrivals.append(batch.key)
            } else {
                state.contents.missedArrivals = true
            }
            state.fresh.append(batch)
            state.freshBytes += batch.bytes.count
            while state.fresh.count > limits.freshBatches || state.freshBytes > limits.freshBytes {
                state.freshBytes -= state.fresh.removeFirst().bytes.count
            }
        }
        wakeUp.signal()
    }

    func stop(by deadline: BootTime) {
        state.withLock { $0.contents.stopBy = $0.contents.stopBy ?? deadline }
        wakeUp.signal()
    }

    /// Takes everything but the stop, which stays.
    func takeAll() -> Contents {
        wakeUp.clear()
        return state.withLock { state in
            let contents = state.contents
            state.contents = Contents(stopBy: contents.stopBy)
            return contents
        }
    }

    func takeFresh(_ key: BatchKey) -> StoredBatch? {
        state.withLock { state in
            guard let index = state.fresh.firstIndex(where: { $0.key == key }) else { return nil }
            let batch = state.fresh.remove(at: index)
            state.freshBytes -= batch.bytes.count
            return batch
        }
    }
}
