internal import GatewayModel

/// What one connection to a broker is made with; secrets already read from their files.
struct MQTTSettings {
    var clientID: String
    var version: MQTTVersion
    var username: String?
    var password: String?
    var tls: TLSConfiguration?
    /// Seconds, at least 5 (libmosquitto refuses less).
    var keepAlive: CInt = 30
    var will: Message
    /// Messages that may be on their way unacknowledged, 1...65535.
    var window: Int

    struct Message {
        var topic: String
        var payload: [UInt8]
    }
}
