package import GatewayModel

/// What goes on the wire next.
package struct Asking: Hashable, Sendable {
    /// The device's place among those of the bus.
    package var device: Int
    package var request: ReadRequest
    /// From the end of the request on the wire to the first byte of the answer.
    package var timeout: Nanoseconds
    /// The same, once a frame has come in between that was not the answer: what this device takes at most when it is
    /// well. Never more than `timeout`.
    package var patience: Nanoseconds
    /// Silence that the device needs beyond that of the line.
    package var guardTime: Nanoseconds
    /// The device's own speed and format; nil: the bus's.
    package var format: SerialFormat? = nil
}
