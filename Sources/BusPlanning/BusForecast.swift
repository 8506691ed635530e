package import GatewayModel

/// What the plans of one bus promise, if every device answers: for `status` and for `gatewayctl plan`.
package struct BusForecast: Hashable, Sendable {
    /// Requests of one full pass over all points.
    package var requests: Int
    /// Time of one full pass over all points.
    package var cycle: Nanoseconds
    /// Share of bus time that the periodic points of each class need, 0...; more than 1 in sum: overload.
    package var load: [PointPriority: Double]
    /// Time in which all `continuous` points are read once, beside the periodic ones; nil: there are none, or the
    /// periodic points leave no time.
    package var continuousCycle: Nanoseconds?

    package init(
        requests: Int, cycle: Nanoseconds, load: [PointPriority: Double], continuousCycle: Nanoseconds?
    ) {
        self.requests = requests
        self.cycle = cycle
        self.load = load
        self.continuousCycle = continuousCycle
    }

    /// Share of bus time that all periodic points need.
    package var totalLoad: Double { load.values.reduce(0, +) }
}

/// How one device stands with its bus.
package struct DeviceStanding: Hashable, Sendable {
    /// Not asked for its points, only probed.
    package var isSilent: Bool
    /// Since when; nil: not silent.
    package var silentSince: BootTime?
    /// How often it is probed at present; more than 25 s: the probes of all silent devices do not fit in their share
    /// of bus time. nil: not silent.
    package var probeInterval: Nanoseconds?
    package var turnaround: TurnaroundEstimate
    /// Requests of one full pass over its points.
    package var requests: Int
    /// Time of one full pass over its points, predicted.
    package var cycle: Nanoseconds
}
