/// A PUBACK that is not an acknowledgement (MQTT 5.0, 3.4.2.1), in plain words.
struct Refusal: Equatable {
    enum Scope: Equatable {
        /// Every batch would be refused: pause, then probe with one.
        case receiver
        /// This one batch is refused: pause, and leave it out if it happens again.
        case batch
    }

    var reason: Int
    var scope: Scope
    var text: String
    var remedy: String

    var problem: MQTTProblem { MQTTProblem(.denied, text, remedy: remedy) }
    var nobodyListens: Bool { reason == 0x10 }

    /// nil: reason 0x00, the only acknowledgement.
    init?(reason: Int, topic: String) {
        self.reason = reason
        switch reason {
        case 0: return nil
        case 0x10:
            scope = .receiver
            text = "nobody listens at the platform"
            remedy = "start the platform's subscriber; batches are kept and sent again"
        case 0x87:
            scope = .receiver
            text = "not authorised to publish to \(topic)"
            remedy = "allow it in the broker's access list"
        case 0x97:
            scope = .receiver
            text = "the broker's quota for this gateway is used up"
            remedy = "raise the quota at the broker"
        case 0x90:
            scope = .receiver
            text = "the broker does not accept the topic \(topic)"
            remedy = "check mqtt.prefix and gateway.id"
        case 0x99:
            scope = .batch
            text = "the broker does not accept the payload's format"
            remedy = "check the broker's payload validation"
        case 0x95:
            scope = .batch
            text = "a batch is larger than the broker accepts"
            remedy = "raise the broker's maximum packet size, or lower store.seal"
        default:
            scope = .batch
            text = "the broker refused a batch (reason \(hex(reason)))"
            remedy = "see the broker's log"
        }
    }
}
