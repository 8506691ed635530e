package import GatewayModel

/// A request that the schedule wants on the wire now.
package struct DueRequest: Hashable, Sendable {
    package enum Purpose: Hashable, Sendable {
        /// Its points fell due.
        case due
        /// Nothing was due; its points are read as fast as the line allows.
        case continuous
        /// Is the silent device back? What it answers is not delivered: all its points fall due at once.
        case probe
    }

    /// The device's place in the list that the schedule was made with.
    package var device: Int
    package var request: PlannedRequest
    package var purpose: Purpose
    /// The highest priority among its points.
    package var priority: PointPriority
    /// When its points fell due.
    package var due: BootTime
    /// When the first of its points falls due again: it is dropped if it has not been started by then.
    package var deadline: BootTime
    /// How long to wait for the first character of the answer, from the end of the request on the wire.
    package var responseTimeout: Nanoseconds
    /// 1 for the first try.
    package var attempt = 1
    /// Counts the requests of a schedule in the order in which they fell due.
    var serial: UInt64 = 0
    /// When its point that has waited longest was last asked for; nil: never. A period later of a device that left a
    /// request unanswered lately, so that it goes behind those that fell due with it: what it keeps the line with, or says
    /// too late, then meets nobody's turn. A turn that it loses by that it has the next time.
    var oldestAsked: BootTime?
    /// Of a request that failed and is tried again some time later: which of these tries it is.
    var laterTry = 0
    /// A request of the device failed since this one fell due: it goes behind the others of its class.
    var isPutBack = false

    package init(
        device: Int, request: PlannedRequest, purpose: Purpose, priority: PointPriority, due: BootTime,
        deadline: BootTime, responseTimeout: Nanoseconds
    ) {
        self.device = device
        self.request = request
        self.purpose = purpose
        self.priority = priority
        self.due = due
        self.deadline = deadline
        self.responseTimeout = responseTimeout
    }
}
