internal import GatewayModel
internal import Telemetry

/// This configuration's dictionary as it is published. The agent keeps no more of it: with 2,000 points the table
/// itself takes 0.7 MB, and only a receiver that renders needs one.
struct DictionaryText: Sendable {
    let id: DictionaryID
    let json: [UInt8]

    init(_ configuration: GatewayConfiguration) {
        let dictionary = PointDictionary(gateway: configuration.gatewayID, points: configuration.points)
        id = dictionary.id
        json = dictionary.json
    }
}
