internal import GatewayModel

/// What one connection to a broker is made with; secrets already read from their files.
package struct MQTTSettings {
    package var clientID: String
    var version: MQTTVersion
    var username: String?
    var password: String?
    var tls: TLSConfiguration?
    /// The broker's name or address, as its certificate has it.
    var host: String
    /// What certificates are checked at, nanoseconds since 1970.
    var certificateTime: Nanoseconds
    /// Seconds, at least 5 (libmosquitto refuses less).
    var keepAlive: CInt = 30
    package var will: Message
    /// Messages that may be on their way unacknowledged, 1...65535.
    package var window: Int

    package struct Message {
        package var topic: String
        package var payload: [UInt8]
    }
}
