internal import GatewayModel
internal import Synchronization
internal import Telemetry

/// A part that is broken on purpose: the oracles must see it, or they prove nothing.
enum Sabotage: String, CaseIterable, Sendable {
    /// A batch counts as acknowledged once it has been handed out.
    case earlyAcknowledgement = "early-acknowledgement"
    /// One batch in fifty is not handed out and counts as acknowledged.
    case droppedBatch = "dropped-batch"
    /// The kernel's clock is believed whatever it says.
    case believedClock = "believed-clock"
    /// The disk reports syncs as done that it does not do.
    case lyingDisk = "lying-disk"
    /// A batch that is sent again has been changed.
    case changedDuplicate = "changed-duplicate"
}

/// The store's face to a receiver, with a fault in it.
final class SabotagedSource: BatchSource {
    private let source: any BatchSource
    private let sabotage: Sabotage
    private let handedOut = Mutex<Set<BatchKey>>([])

    init(_ source: any BatchSource, _ sabotage: Sabotage) {
        self.source = source
        self.sabotage = sabotage
    }

    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) async -> [BatchKey] {
        await source.unacknowledged(by: receiver, after: key, limit: limit)
    }

    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) async -> [BatchKey] {
        await source.unacknowledged(by: receiver, before: key, limit: limit)
    }

    func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey] {
        await source.urgent(for: receiver, limit: limit)
    }

    func batch(_ key: BatchKey) async -> StoredBatch? {
        guard var batch = await source.batch(key) else { return nil }
        switch sabotage {
        case .earlyAcknowledgement: await source.acknowledge([key], by: 0)
        case .droppedBatch where key.sequence % 50 == 0:
            await source.acknowledge([key], by: 0)
            return nil
        case .changedDuplicate where !handedOut.withLock({ $0.insert(key).inserted }):
            guard var envelope = try? BatchEnvelope.decode(batch.bytes) else { break }
            envelope.batch.urgent.toggle()
            batch.bytes = envelope.encoded()
        default: break
        }
        return batch
    }

    func dictionary(_ id: DictionaryID) async -> [UInt8]? { await source.dictionary(id) }
    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async {
        await source.acknowledge(keys, by: receiver)
    }
}
