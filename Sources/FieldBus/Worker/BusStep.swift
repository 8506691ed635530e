package import GatewayModel

/// What a bus does next.
package enum BusStep: Hashable, Sendable {
    case ask(Asking)
    case inquire(Inquiry)
    case idle(until: BootTime)

    /// Whom it is about; nil: nobody.
    var device: Int? {
        switch self {
        case .ask(let asking): asking.device
        case .inquire(let inquiry): inquiry.device
        case .idle: nil
        }
    }
}
