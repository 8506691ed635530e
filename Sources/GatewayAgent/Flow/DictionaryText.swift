internal import GatewayModel
internal import Telemetry

/// This configuration's dictionary as it is published. The agent keeps its id only: the text of 2,000 points takes
/// 0.2 MB, is in the store after the first batch and can be made again.
struct DictionaryText: Sendable {
    let id: DictionaryID
    private let configuration: GatewayConfiguration

    init(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        id = Self.dictionary(configuration).id
    }

    /// Made anew with each call; the same every time.
    var json: [UInt8] { Self.dictionary(configuration).json }

    private static func dictionary(_ configuration: GatewayConfiguration) -> PointDictionary {
        PointDictionary(gateway: configuration.gatewayID, points: configuration.points)
    }
}
