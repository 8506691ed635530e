package enum PayloadProfile: String, CaseIterable, Sendable {
    case batch, json
}

package enum AcknowledgementSource: String, CaseIterable, Sendable {
    /// PUBACK with reason 0x00.
    case broker
    /// A message on `PREFIX/GATEWAY/ack`.
    case platform
}

/// One receiver: who gets the data, and how.
package struct UplinkConfiguration: Hashable, Sendable {
    package var id: String
    package var profile: PayloadProfile
    /// A batch leaves the store only when every `must` receiver has acknowledged it.
    package var must: Bool
    package var acknowledgement: AcknowledgementSource
    package var filter: PointFilter
    /// The part of the link that the backlog may take after an outage, percent, 1...100.
    package var backlogShare: Int
    package var mqtt: MQTTConfiguration

    package init(
        id: String, profile: PayloadProfile, must: Bool = true, acknowledgement: AcknowledgementSource = .broker,
        filter: PointFilter = .all, backlogShare: Int = 50, mqtt: MQTTConfiguration
    ) {
        self.id = id
        self.profile = profile
        self.must = must
        self.acknowledgement = acknowledgement
        self.filter = filter
        self.backlogShare = backlogShare
        self.mqtt = mqtt
    }
}

/// The points that a receiver is meant to see.
package enum PointFilter: Hashable, Sendable {
    case all
    /// `device.point` or `device.*`.
    case patterns([Pattern])

    package struct Pattern: Hashable, Sendable {
        package var device: String
        /// nil: every point of the device.
        package var point: String?
        package init(device: String, point: String?) {
            self.device = device
            self.point = point
        }
    }

    package func admits(device: String, point: String) -> Bool {
        switch self {
        case .all: true
        case .patterns(let patterns):
            patterns.contains { $0.device == device && ($0.point == nil || $0.point == point) }
        }
    }
}

package enum MQTTVersion: String, Sendable {
    case v5 = "5"
    case v311 = "3.1.1"
}

package struct MQTTConfiguration: Hashable, Sendable {
    package var host: String
    package var port: UInt16
    package var version: MQTTVersion
    /// Topics are `PREFIX/GATEWAY/...`; default `dg/1`.
    package var prefix: String
    /// nil: the gateway's id.
    package var clientID: String?
    package var username: String?
    /// The password is its first line, read at every connect.
    package var passwordFile: String?
    /// nil: plain TCP.
    package var tls: TLSConfiguration?

    package init(
        host: String, port: UInt16, version: MQTTVersion = .v5, prefix: String = "dg/1", clientID: String? = nil,
        username: String? = nil, passwordFile: String? = nil, tls: TLSConfiguration? = nil
    ) {
        self.host = host
        self.port = port
        self.version = version
        self.prefix = prefix
        self.clientID = clientID
        self.username = username
        self.passwordFile = passwordFile
        self.tls = tls
    }
}

/// PEM files, read at every connect.
package struct TLSConfiguration: Hashable, Sendable {
    package var ca: String
    package var certificate: String?
    package var key: String?

    package init(ca: String, certificate: String? = nil, key: String? = nil) {
        self.ca = ca
        self.certificate = certificate
        self.key = key
    }
}
