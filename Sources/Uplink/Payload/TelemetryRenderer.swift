package import GatewayModel
internal import Synchronization
internal import Telemetry

/// Profile `json`, and profile `batch` for a receiver that is meant to see some of the points only.
package final class TelemetryRenderer: PayloadRenderer {
    /// Dictionaries kept parsed: the current one, and the one before while its backlog drains.
    private static let capacity = 2

    private let profile: PayloadProfile
    private let filter: PointFilter
    /// Least recently used first.
    private let parsed = Mutex<[PointDictionary]>([])

    package init(profile: PayloadProfile, filter: PointFilter) {
        self.profile = profile
        self.filter = filter
    }

    package var needsDictionary: Bool { true }

    package func payload(of batch: StoredBatch, dictionary text: [UInt8]) throws -> [UInt8]? {
        let dictionary = try dictionary(batch.dictionary, text)
        switch profile {
        case .batch: return try BatchFilter(dictionary: dictionary, filter: filter).filtered(batch.bytes)
        case .json:
            let envelope = try BatchEnvelope.decode(batch.bytes)
            return try BatchJSON.render(envelope, try envelope.content(), dictionary: dictionary, filter: filter)
        }
    }

    package func alarms(in batch: StoredBatch, dictionary text: [UInt8]) throws -> [[UInt8]] {
        let dictionary = try dictionary(batch.dictionary, text)
        guard let seen = try BatchFilter(dictionary: dictionary, filter: filter).filtered(batch.bytes) else {
            return []
        }
        return try AlarmJSON.copies(of: seen)
    }

    private func dictionary(_ id: DictionaryID, _ text: [UInt8]) throws -> PointDictionary {
        try parsed.withLock { parsed in
            let dictionary: PointDictionary
            if let index = parsed.firstIndex(where: { $0.id == id }) {
                dictionary = parsed.remove(at: index)
            } else {
                dictionary = try PointDictionary(json: text)
            }
            parsed.append(dictionary)
            if parsed.count > Self.capacity { parsed.removeFirst() }
            return dictionary
        }
    }
}

extension UplinkConfiguration {
    /// What makes this receiver's payloads.
    package var renderer: any PayloadRenderer {
        if profile == .batch, filter == .all { return StoredBytesRenderer() }
        return TelemetryRenderer(profile: profile, filter: filter)
    }
}
