internal import CMosquitto
internal import Glibc

/// Why a connection failed or ended, in words for a technician, and what decides when it is tried again.
package struct MQTTProblem: Error, Equatable, CustomStringConvertible {
    /// What the receiver does next.
    package enum Kind: Equatable, Sendable {
        /// Nobody listens on the port: cheap to try again soon.
        case refusedPort
        /// No route, no answer, no name: tried again ever more slowly.
        case unreachable
        /// The connection was there and ended.
        case lost
        /// The broker said no: credentials, rights, client id.
        case denied
        case tls
        /// The certificate is not yet valid: probably this gateway's clock.
        case clock
        /// Another client uses this client id.
        case takenOver
        /// Files or settings that cannot be used.
        case configuration
        /// Memory, descriptors.
        case ours
    }

    package var kind: Kind
    package var text: String
    package var remedy: String

    package init(_ kind: Kind, _ text: String, remedy: String) {
        self.kind = kind
        self.text = text
        self.remedy = remedy
    }

    package var description: String { "\(text) (\(remedy))" }

    /// From what a libmosquitto call returned; `errorNumber` counts for MOSQ_ERR_ERRNO.
    init(libmosquitto result: CInt, errorNumber: CInt) {
        switch mosq_err_t(rawValue: result) {
        case MOSQ_ERR_ERRNO: self.init(errorNumber: errorNumber)
        case MOSQ_ERR_EAI:
            self.init(.unreachable, "the broker's name was not found", remedy: "check mqtt.host and the name server")
        case MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN: self = errorNumber == ECONNRESET ? .reset : .closedByBroker
        case MOSQ_ERR_KEEPALIVE: self = .silent
        case MOSQ_ERR_TLS, MOSQ_ERR_TLS_HANDSHAKE:
            self = .failedTLS
        case MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET:
            self.init(
                .lost, "the broker sent something that is not MQTT", remedy: "check mqtt.port and mqtt.version")
        case MOSQ_ERR_NOMEM: self.init(.ours, "out of memory", remedy: "free some memory")
        default:
            self.init(.lost, "libmosquitto: \(MosquittoLibrary.text(result))", remedy: "see the broker's log")
        }
    }

    init(errorNumber: CInt) {
        let words = String(cString: strerror(errorNumber))
        switch errorNumber {
        case ECONNREFUSED:
            self.init(
                .refusedPort, "nobody listens at the broker's address and port",
                remedy: "start the broker, or check mqtt.host and mqtt.port")
        case EHOSTUNREACH, ENETUNREACH, ENETDOWN, ETIMEDOUT, EADDRNOTAVAIL:
            self.init(.unreachable, "the broker cannot be reached: \(words)", remedy: "check the network")
        case ECONNRESET, EPIPE: self = .reset
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            self.init(.ours, words, remedy: "free some memory or descriptors")
        case 0: self = .closedByBroker
        case EPROTO:
            self = .failedTLS
        default: self.init(.lost, "the connection failed: \(words)", remedy: "check the network")
        }
    }

    static let failedTLS = MQTTProblem(
        .tls, "TLS failed", remedy: "check the broker's TLS listener and this uplink's tls files")

    /// A TLS connection that ended before CONNACK. With TLS 1.3 the broker judges a client's certificate after the
    /// client's first data, and its reset then often overtakes its alert.
    static func brokenOff(hasCertificate: Bool) -> MQTTProblem {
        hasCertificate
            ? MQTTProblem(
                .tls, "the broker broke off the TLS connection: it may not accept this gateway's certificate",
                remedy: "see the broker's log; install a certificate that the broker's CA has signed")
            : MQTTProblem(
                .tls, "the broker broke off the TLS connection: it may want a client certificate",
                remedy: "see the broker's log; configure tls.cert and tls.key if it wants them")
    }

    package static let closedByBroker = MQTTProblem(
        .lost, "the broker closed the connection", remedy: "see the broker's log if it happens again")
    package static let reset = MQTTProblem(
        .lost, "the connection was reset", remedy: "check the network and the broker")
    static let probablyTakenOver = MQTTProblem(
        .takenOver, "the broker closes each connection soon after taking it: another client may use this client id",
        remedy: "give every gateway its own gateway.id or mqtt.client_id, or see the broker's log")
    static let silent = MQTTProblem(
        .lost, "the broker did not answer within the keep-alive time", remedy: "check the network")
    static let slow = MQTTProblem(
        .unreachable, "the broker took the connection but did not answer",
        remedy: "check that mqtt.port is an MQTT listener, and the broker's load")
    static let noAnswer = MQTTProblem(
        .unreachable, "the broker's address does not answer", remedy: "check the network, mqtt.host and mqtt.port")
    static let unacknowledged = MQTTProblem(
        .lost, "a message was not acknowledged in time", remedy: "check the network and the broker's load")
}
