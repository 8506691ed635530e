internal import GatewayModel

/// The batches of all epochs in one order: foreign epochs as they came, then the store's own. Pure.
struct AllEpochs {
    /// Oldest first.
    let parts: [(epoch: Epoch, index: OutboxIndex)]

    init(foreign: [ForeignEpoch], own: Epoch, index: OutboxIndex) {
        parts = foreign.map { ($0.epoch, $0.index) } + [(own, index)]
    }

    /// Upwards, beginning after `key`; a key of an epoch that is gone lies before everything.
    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) -> [BatchKey] {
        let place = key.flatMap { key in parts.firstIndex { $0.epoch == key.epoch } }
        var keys: [BatchKey] = []
        for (position, part) in parts.enumerated().dropFirst(place ?? 0) where keys.count < limit {
            let start = position == place ? key?.sequence.addingClamped(1) ?? 0 : 0
            keys += part.index.unacknowledged(by: receiver, from: start, limit: limit - keys.count)
                .map { BatchKey(epoch: part.epoch, sequence: $0) }
        }
        return keys
    }

    /// Downwards, beginning before `key`; nothing lies before a key of an epoch that is gone.
    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) -> [BatchKey] {
        let place = key.flatMap { key in parts.firstIndex { $0.epoch == key.epoch } }
        if key != nil, place == nil { return [] }
        var keys: [BatchKey] = []
        for (position, part) in parts.enumerated().reversed() where keys.count < limit {
            if let place, position > place { continue }
            var start = part.index.lastSequence
            if position == place {
                guard let key, key.sequence > 0 else { continue }
                start = key.sequence - 1
            }
            keys += part.index.unacknowledged(by: receiver, downFrom: start, limit: limit - keys.count)
                .map { BatchKey(epoch: part.epoch, sequence: $0) }
        }
        return keys
    }
}
