package import GatewayModel

/// Decides what one bus does next. A value; no clock, no I/O: every call is told what time it is.
///
/// Use: `next`, put the request on the wire, `finished`, and again. Diagnostic transactions and commands go between
/// `finished` and `next`. `now` is CLOCK_BOOTTIME and must not run backwards; due times are multiples of each point's
/// period on another time line, `now` + `offset`: UTC once the clock is trusted, before that CLOCK_BOOTTIME itself.
///
/// At the start every point is due at once, so that nothing waits for a long period to come round.
package struct BusSchedule: Sendable {
    package let devices: [DeviceConfiguration]

    /// - Parameters:
    ///   - devices: those of this bus; `DueRequest.device` is a place in this list.
    ///   - points: all points of the configuration, `points[i].index == i`.
    ///   - gaps: learnt refusals, by device id.
    ///   - offset: UTC - CLOCK_BOOTTIME if the clock is trusted, else 0.
    package init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition],
        gaps: [String: ForbiddenGaps] = [:], offset: Nanoseconds = 0, now: BootTime
    ) {
        self.devices = devices
    }

    /// The next thing to do. A request that is handed out and never reported as finished is lost until its points fall
    /// due again; nothing else breaks.
    package mutating func next(now: BootTime) -> BusTurn {
        BusTurn(.idle(until: now + .seconds(1)))
    }

    /// Reports a transaction that `next` asked for, each attempt of it.
    ///
    /// - Parameter busy: how long it kept the bus, silences and the waiting after an error included.
    package mutating func finished(
        _ request: DueRequest, outcome: RequestOutcome, busy: Nanoseconds, now: BootTime
    ) -> Aftermath {
        Aftermath()
    }

    /// The clock became trusted, or was corrected: UTC - CLOCK_BOOTTIME is now `offset`. Due times move to the new
    /// multiples; what is pending stays pending; nothing falls due twice.
    package mutating func clockChanged(offset: Nanoseconds, now: BootTime) {}

    /// The port is back after it was lost: what was pending is forgotten and every point is due at once.
    package mutating func portReturned(now: BootTime) {}

    /// No request may cover these addresses for the sake of a neighbour any more.
    /// Takes effect for what falls due from now on.
    package mutating func forbid(_ addresses: Range<Int>, in table: RegisterTable, device: Int) {}

    /// The gaps that the device's plans avoid.
    package func gaps(of device: Int) -> ForbiddenGaps { ForbiddenGaps() }

    /// Takes a point out of the schedule: the device has refused it, again and again, and never answered.
    package mutating func exclude(_ point: PointIndex) {}

    /// Takes a point back in; it is due at once.
    package mutating func include(_ point: PointIndex, now: BootTime) {}

    /// Instances of each class that were dropped because the bus had no time for them, since the start.
    package private(set) var overruns: [PointPriority: Int] = [:]

    /// Bus time of all finished transactions, probes included.
    package private(set) var busyTime: Nanoseconds = 0

    /// Bus time spent on probes of silent devices.
    package private(set) var probeTime: Nanoseconds = 0

    package mutating func forecast() -> BusForecast {
        BusForecast(requests: 0, cycle: 0, load: [:], continuousCycle: nil)
    }

    package mutating func standing(of device: Int) -> DeviceStanding? { nil }
}
