internal import GatewayModel

/// What a bus does next.
enum BusStep: Hashable, Sendable {
    case ask(Asking)
    case idle(until: BootTime)
}
