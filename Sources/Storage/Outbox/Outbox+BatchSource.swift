package import GatewayModel
internal import Logging
internal import Telemetry

extension Outbox: BatchSource {
    package func unacknowledged(
        by receiver: ReceiverIndex, after key: BatchKey?, limit: Int
    ) async -> [BatchKey] {
        guard let file else { return [] }
        releaseDue()
        // A key of an older epoch lies before everything that is stored.
        let start = key.map { $0.epoch == file.epoch ? $0.sequence.addingClamped(1) : 0 } ?? 0
        return index.unacknowledged(by: receiver, from: start, limit: limit)
            .map { BatchKey(epoch: file.epoch, sequence: $0) }
    }

    package func unacknowledged(
        by receiver: ReceiverIndex, before key: BatchKey?, limit: Int
    ) async -> [BatchKey] {
        guard let file else { return [] }
        releaseDue()
        guard let key, key.epoch == file.epoch else {
            return key == nil
                ? index.unacknowledged(by: receiver, downFrom: index.lastSequence, limit: limit)
                    .map { BatchKey(epoch: file.epoch, sequence: $0) } : []
        }
        guard key.sequence > 0 else { return [] }
        return index.unacknowledged(by: receiver, downFrom: key.sequence - 1, limit: limit)
            .map { BatchKey(epoch: file.epoch, sequence: $0) }
    }

    package func batch(_ key: BatchKey) async -> StoredBatch? {
        guard let file, key.epoch == file.epoch, index.mayBeSent(key.sequence) else { return nil }
        do {
            guard let (envelope, bytes) = try file.envelope(of: key.sequence) else { return nil }
            return StoredBatch(key: key, dictionary: envelope.batch.dictionary, bytes: bytes)
        } catch {
            if error.code.meansDamage { dropDamaged(key.sequence, error) } else { fail(error) }
            refreshStatus()
            return nil
        }
    }

    package func dictionary(_ id: DictionaryID) async -> [UInt8]? {
        guard let file, dictionaries.contains(where: { $0.id == id }) else { return nil }
        do {
            return try file.json(of: id)
        } catch {
            fail(error)
            return nil
        }
    }
}
