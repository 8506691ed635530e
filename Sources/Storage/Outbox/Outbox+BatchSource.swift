package import GatewayModel
internal import Logging
internal import Telemetry

extension Outbox: BatchSource {
    package func unacknowledged(
        by receiver: ReceiverIndex, after key: BatchKey?, limit: Int
    ) async -> [BatchKey] {
        guard let file else { return [] }
        heardFromReceiver()
        releaseDue()
        return AllEpochs(foreign: foreign, own: file.epoch, index: index)
            .unacknowledged(by: receiver, after: key, limit: limit)
    }

    package func unacknowledged(
        by receiver: ReceiverIndex, before key: BatchKey?, limit: Int
    ) async -> [BatchKey] {
        guard let file else { return [] }
        heardFromReceiver()
        releaseDue()
        return AllEpochs(foreign: foreign, own: file.epoch, index: index)
            .unacknowledged(by: receiver, before: key, limit: limit)
    }

    /// Of the store's own epoch: salvaged ones come with the backlog.
    package func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey] {
        guard let file else { return [] }
        return index.urgent(for: receiver, limit: limit).map { BatchKey(epoch: file.epoch, sequence: $0) }
    }

    package func batch(_ key: BatchKey) async -> StoredBatch? {
        guard let file else { return nil }
        if key.epoch != file.epoch {
            defer { refreshStatus(light: true) }
            return foreignBatch(key)
        }
        guard index.mayBeSent(key.sequence) else { return nil }
        heardFromReceiver()
        do throws(StorageError) {
            guard let (envelope, bytes) = try file.envelope(of: key.sequence) else {
                // The tree leads to another place than it did when the batch was stored.
                throw StorageError(
                    .retryLater, code: .corrupt, operation: "batch \(key.sequence)", message: "is not where it was put")
            }
            handOver(key.sequence)
            return StoredBatch(key: key, dictionary: envelope.batch.dictionary, bytes: bytes)
        } catch {
            if error.recovery == .giveUp { dropDamaged(key.sequence, error) } else { fail(error) }
            refreshStatus()
            return nil
        }
    }

    package func dictionary(_ id: DictionaryID) async -> [UInt8]? {
        guard let file else { return nil }
        do {
            guard dictionaries.contains(where: { $0.id == id }) else {
                return foreign.isEmpty ? nil : try file.foreignJSON(of: id)
            }
            return try file.json(of: id)
        } catch {
            fail(error)
            return nil
        }
    }
}
