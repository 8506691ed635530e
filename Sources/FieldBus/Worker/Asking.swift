internal import GatewayModel

/// What goes on the wire next.
struct Asking: Hashable, Sendable {
    /// The device's place among those of the bus.
    var device: Int
    var request: ReadRequest
    /// From the end of the request on the wire to the first byte of the answer.
    var timeout: Nanoseconds
    /// Silence that the device needs beyond that of the line.
    var guardTime: Nanoseconds
}

/// What a bus does next.
enum BusStep: Hashable, Sendable {
    case ask(Asking)
    case idle(until: BootTime)
}
