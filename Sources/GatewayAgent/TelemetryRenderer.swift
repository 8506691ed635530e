internal import GatewayModel
internal import Synchronization
internal import Telemetry
internal import Uplink

/// Makes a receiver's payload of a stored batch, by its profile and its filter.
final class TelemetryRenderer: PayloadRenderer {
    let profile: PayloadProfile
    let filter: PointFilter
    /// The dictionary of the last batch, read once: batches of one run share theirs.
    private let known = Mutex<(id: DictionaryID, dictionary: PointDictionary)?>(nil)

    init(profile: PayloadProfile, filter: PointFilter) {
        self.profile = profile
        self.filter = filter
    }

    /// A whole binary batch goes out as it is stored.
    var needsDictionary: Bool { profile == .json || filter != .all }

    func payload(of batch: StoredBatch, dictionary json: [UInt8]) throws -> [UInt8]? {
        guard needsDictionary else { return batch.bytes }
        let envelope = try BatchEnvelope.decode(batch.bytes)
        let dictionary = try dictionary(batch.dictionary, json)
        switch profile {
        case .json:
            return try BatchJSON.render(envelope, try envelope.content(), dictionary: dictionary, filter: filter)
        case .batch:
            return try BatchFilter(dictionary: dictionary, filter: filter).filtered(batch.bytes)
        }
    }

    private func dictionary(_ id: DictionaryID, _ json: [UInt8]) throws -> PointDictionary {
        if let known = known.withLock({ $0 }), known.id == id { return known.dictionary }
        let dictionary = try PointDictionary(json: json)
        known.withLock { $0 = (id, dictionary) }
        return dictionary
    }
}
