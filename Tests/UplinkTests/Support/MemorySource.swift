import GatewayModel
import Synchronization
import Telemetry

/// A store in memory: what was added, what is acknowledged by whom.
final class MemorySource: BatchSource {
    private struct State {
        var batches: [StoredBatch] = []
        var places: [BatchKey: Int] = [:]
        var gone: Set<BatchKey> = []
        var acknowledged: [ReceiverIndex: Set<BatchKey>] = [:]
        var largestGroup = 0
        var dictionaries: [DictionaryID: [UInt8]] = [:]
        var reads = 0
    }

    let epoch = Epoch.random()
    private let state = Mutex(State())

    init(dictionaries: [DictionaryID: [UInt8]] = [.sample: Array(#"{"points":[]}"#.utf8)]) {
        state.withLock { $0.dictionaries = dictionaries }
    }

    /// Adds a batch whose bytes tell its number.
    @discardableResult
    func add(bytes: Int = 100, dictionary: DictionaryID = .sample) -> StoredBatch {
        state.withLock { state in
            let key = BatchKey(epoch: epoch, sequence: UInt64(state.batches.count + 1))
            let content = Array("batch \(key.sequence) ".utf8) + (0..<bytes).map { UInt8(truncatingIfNeeded: $0) }
            let batch = StoredBatch(key: key, dictionary: dictionary, bytes: content)
            state.places[key] = state.batches.count
            state.batches.append(batch)
            return batch
        }
    }

    func add(_ batch: StoredBatch) {
        state.withLock { state in
            state.places[batch.key] = state.batches.count
            state.batches.append(batch)
        }
    }

    func evict(_ key: BatchKey) { state.withLock { _ = $0.gone.insert(key) } }
    func acknowledged(by receiver: ReceiverIndex) -> Set<BatchKey> {
        state.withLock { $0.acknowledged[receiver] ?? [] }
    }
    var keys: [BatchKey] { state.withLock { $0.batches.map(\.key) } }
    var all: [StoredBatch] { state.withLock { $0.batches } }
    var largestGroup: Int { state.withLock { $0.largestGroup } }
    var reads: Int { state.withLock { $0.reads } }

    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) async -> [BatchKey] {
        state.withLock { state in
            let start = key.flatMap { state.places[$0] }.map { $0 + 1 } ?? 0
            let done = state.acknowledged[receiver] ?? []
            return Array(state.batches[start...].lazy.map(\.key).filter { !done.contains($0) }.prefix(limit))
        }
    }

    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) async -> [BatchKey] {
        state.withLock { state in
            let end = key.flatMap { state.places[$0] } ?? state.batches.count
            let done = state.acknowledged[receiver] ?? []
            return Array(
                state.batches[..<end].reversed().lazy.map(\.key).filter { !done.contains($0) }.prefix(limit))
        }
    }

    func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey] {
        state.withLock { state in
            let done = state.acknowledged[receiver] ?? []
            return Array(state.batches.filter { $0.isUrgent && !done.contains($0.key) }.map(\.key).prefix(limit))
        }
    }

    func batch(_ key: BatchKey) async -> StoredBatch? {
        state.withLock { state in
            state.reads += 1
            return state.gone.contains(key) ? nil : state.places[key].map { state.batches[$0] }
        }
    }

    func dictionary(_ id: DictionaryID) async -> [UInt8]? { state.withLock { $0.dictionaries[id] } }

    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async {
        state.withLock { state in
            state.acknowledged[receiver, default: []].formUnion(keys)
            state.largestGroup = max(state.largestGroup, keys.count)
        }
    }
}

extension DictionaryID {
    static let sample = DictionaryID(startOf: [1, 2, 3, 4, 5, 6, 7, 8])
    static let other = DictionaryID(startOf: [8, 7, 6, 5, 4, 3, 2, 1])
}
