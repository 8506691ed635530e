package import GatewayModel

/// What a bus does next.
package enum BusStep: Hashable, Sendable {
    case ask(Asking)
    case idle(until: BootTime)
}
