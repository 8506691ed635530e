internal import GatewayModel
internal import Storage

/// What receivers are served from: the store, and the memory of batches that wait for it while it cannot be written.
struct BatchSources: BatchSource {
    let outbox: Outbox
    let queue: StoreQueue
    let dictionary: DictionaryText

    /// Batches in memory are newer than all that is stored.
    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) async -> [BatchKey] {
        let inMemory = queue.unacknowledged(by: receiver)
        if let key, let place = inMemory.firstIndex(of: key) {
            return Array(inMemory[(place + 1)...].prefix(limit))
        }
        // Acknowledged meanwhile, and gone: what follows it is in memory too.
        if let key, key.epoch == queue.epoch, queue.isVolatile {
            return Array(inMemory.filter { $0.sequence > key.sequence }.prefix(limit))
        }
        let stored = await outbox.unacknowledged(by: receiver, after: key, limit: limit)
        return stored + inMemory.filter { !stored.contains($0) }.prefix(limit - stored.count)
    }

    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) async -> [BatchKey] {
        let inMemory = queue.unacknowledged(by: receiver)
        let place = key.flatMap { inMemory.firstIndex(of: $0) }
        let older = key == nil ? inMemory[...] : inMemory[..<(place ?? 0)]
        let keys = Array(older.reversed().prefix(limit))
        guard keys.count < limit else { return keys }
        let stored = await outbox.unacknowledged(
            by: receiver, before: place == nil ? key : nil, limit: limit - keys.count)
        return keys + stored.filter { !keys.contains($0) }
    }

    func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey] {
        let stored = await outbox.urgent(for: receiver, limit: limit)
        return stored + queue.unacknowledged(by: receiver, urgent: true).prefix(limit - stored.count)
    }

    func batch(_ key: BatchKey) async -> StoredBatch? {
        if let batch = queue.batch(key) { return batch }
        return await outbox.batch(key)
    }

    func dictionary(_ id: DictionaryID) async -> [UInt8]? {
        id == dictionary.id ? dictionary.json : await outbox.dictionary(id)
    }

    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async {
        let rest = queue.acknowledge(keys, by: receiver)
        if !rest.isEmpty { await outbox.acknowledge(rest, by: receiver) }
    }
}
