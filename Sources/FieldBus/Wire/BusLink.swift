internal import GatewayModel

/// An open port or connection, ready for one transaction at a time. Lives on the thread of its bus; never shared.
protocol BusLink: AnyObject {
    /// Asks and waits for the answer. Blocks until the answer, the timeout after the computed end of the request on the
    /// wire, or the call to stop. Keeps the silence that the line and the device need before the request.
    func transact(_ asking: Asking) -> Transaction

    /// The same for a meter without registers. Several requests go out when its answer has several parts.
    func inquire(_ inquiry: Inquiry) -> Transaction

    /// The link must be closed and opened again before the next request (a TCP connection after a timeout).
    var isSpent: Bool { get }
}
