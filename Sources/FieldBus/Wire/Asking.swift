internal import GatewayModel

/// What goes on the wire next.
struct Asking: Hashable, Sendable {
    /// The device's place among those of the bus.
    var device: Int
    var request: ReadRequest
    /// From the end of the request on the wire to the first byte of the answer.
    var timeout: Nanoseconds
    /// The same, once a frame has come in between that was not the answer: what this device takes at most when it is
    /// well. Never more than `timeout`.
    var patience: Nanoseconds
    /// Silence that the device needs beyond that of the line.
    var guardTime: Nanoseconds
}
