package import GatewayModel

/// What a bus does next.
package struct BusTurn: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// Put this on the wire now and report it with `BusSchedule.finished`.
        case ask(DueRequest)
        /// Nothing may be asked before; ask `BusSchedule.next` again then. Always later than `now`.
        case idle(until: BootTime)
    }

    package var action: Action
    /// Points that were due but got no turn before they fell due again: each is `stale` now. No point twice.
    package var skipped: [PointIndex]

    package init(_ action: Action, skipped: [PointIndex] = []) {
        self.action = action
        self.skipped = skipped
    }
}

/// How a transaction ended.
package enum RequestOutcome: Hashable, Sendable {
    /// A sound answer from the right device, an exception answer included. `turnaround`: from the end of the request
    /// on the wire to the begin of the answer's first character.
    case answered(turnaround: Nanoseconds)
    /// Nothing came within the response timeout.
    case noReply
    /// Something came that could not be accepted: check sum, wrong unit, wrong length, endless noise.
    case spoiled
    /// It never went out, because the port or connection is gone. Says nothing about the device.
    case notSent
}

/// What a finished transaction means for what follows.
package struct Aftermath: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        /// The device is silent now: none of its points is asked for until a probe is answered.
        /// `points`: all that it has, so that each can be marked bad, those too that had no turn.
        case fellSilent(points: [PointIndex])
        /// The device answered a probe: all its points are due now.
        case cameBack
    }

    /// Ask the same request again at once, with `attempt` one higher (`DeviceConfiguration.retries`).
    package var retry: Bool
    package var change: Change?

    package init(retry: Bool = false, change: Change? = nil) {
        self.retry = retry
        self.change = change
    }
}
