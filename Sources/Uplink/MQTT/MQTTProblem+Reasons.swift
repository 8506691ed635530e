extension MQTTProblem {
    /// From a CONNACK: reason codes of MQTT 5.0 (3.2.2.2), return codes of MQTT 3.1.1 (table 3.1).
    init(connectReason reason: Int) {
        switch reason {
        case 0x01, 0x84:
            self.init(
                .denied, "the broker does not speak this MQTT version",
                remedy: "set mqtt.version to the broker's (5 or 3.1.1)")
        case 0x02, 0x85:
            self.init(.denied, "the broker refuses the client id", remedy: "set mqtt.client_id to one it accepts")
        case 0x04, 0x86:
            self.init(
                .denied, "the broker refuses the user name or password",
                remedy: "check mqtt.username and the password file")
        case 0x05, 0x87:
            self.init(
                .denied, "the broker does not let this gateway in",
                remedy: "give this user, certificate or client id access at the broker")
        case 0x8A: self.init(.denied, "the broker has banned this gateway", remedy: "lift the ban at the broker")
        case 0x03, 0x88, 0x89, 0x9F:
            self.init(.unreachable, "the broker is overloaded or not ready", remedy: "see the broker's log")
        case 0x95: self.init(.denied, "the broker refuses the size of the greeting", remedy: "see the broker's log")
        case 0x9A:
            self.init(.denied, "the broker keeps no retained messages", remedy: "allow retained messages at the broker")
        case 0x9B: self.init(.denied, "the broker does not offer QoS 1", remedy: "allow QoS 1 at the broker")
        case 0x9C, 0x9D:
            self.init(.denied, "the broker has moved", remedy: "set mqtt.host to the new broker")
        default:
            self.init(.denied, "the broker refused the connection (reason \(hex(reason)))", remedy: "see its log")
        }
    }

    /// From an ended connection: a DISCONNECT reason (MQTT 5.0, 3.14.2.1) or one of libmosquitto's error numbers.
    init(disconnectCode code: Int) {
        switch code {
        case 0x8E:
            self.init(
                .takenOver, "another client connected with this gateway's client id",
                remedy: "give every gateway its own gateway.id or mqtt.client_id")
        case 0x8B: self.init(.lost, "the broker is shutting down", remedy: "wait until it is back")
        case 0x87:
            self.init(
                .denied, "the broker ended the connection: not authorised",
                remedy: "give this user, certificate or client id the rights at the broker")
        case 0x89, 0x96, 0x97:
            self.init(.unreachable, "the broker is overloaded (reason \(hex(code)))", remedy: "see the broker's log")
        case 0x8D: self = .silent
        case 0x98: self.init(.denied, "the broker's operator ended the connection", remedy: "ask the operator")
        case 0x9C, 0x9D: self.init(.denied, "the broker has moved", remedy: "set mqtt.host to the new broker")
        case 0x80...:
            self.init(.lost, "the broker ended the connection (reason \(hex(code)))", remedy: "see the broker's log")
        default: self.init(libmosquitto: CInt(clamping: code), errorNumber: 0)
        }
    }
}

/// `0x8e`
func hex(_ value: Int) -> String { "0x" + String(value, radix: 16) }
