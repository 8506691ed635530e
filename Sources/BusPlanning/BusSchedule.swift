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
    package let bus: BusConfiguration

    /// Instances of each class that were dropped because the bus had no time for them, since the start.
    package internal(set) var overruns: [PointPriority: Int] = [:]
    /// Bus time of all finished transactions, probes included.
    package internal(set) var busyTime: Nanoseconds = 0
    /// Bus time spent on silent devices once they were known as such.
    package internal(set) var probeTime: Nanoseconds = 0

    /// In the order of `devices`.
    var states: [ScheduledDevice]
    /// Fell due, not yet handed out. At most one request per point, so bounded by the number of points.
    var pending = PendingRequests()
    /// UTC - CLOCK_BOOTTIME, or 0.
    var offset: Nanoseconds
    /// The next due time of any group or later try, on the schedule's time line.
    var earliestDue: Int64 = .min
    /// Counts requests in the order in which they fall due.
    var serial: UInt64 = 0
    var shares = ClassShares()
    var budget: ProbeBudget
    var silentDevices: [SilentDevice] = []
    /// What one probe of each silent device costs.
    var probeCosts: (known: [Nanoseconds], never: [Nanoseconds]) = ([], [])
    var demands = DemandTable()
    /// A plan or the set of silent devices changed since `demands` was made.
    var demandsAreStale = true
    /// Devices with continuous points, the place of the one whose turn it is, what is left of its round.
    let continuousDevices: [Int]
    var continuousTurn = 0
    var continuousLeft = 0
    /// Failed requests of points that are not due again for long: tried again before that.
    var laterTries: [LaterTry] = []
    /// Points that lost their turn since the last call of `next`.
    var skipped: Set<PointIndex> = []

    /// - Parameters:
    ///   - devices: those of this bus; `DueRequest.device` is a place in this list.
    ///   - points: all points of the configuration, `points[i].index == i`.
    ///   - gaps: learnt refusals, by device id.
    ///   - offset: UTC - CLOCK_BOOTTIME if the clock is trusted, else 0.
    package init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition],
        gaps: [String: ForbiddenGaps] = [:], offset: Nanoseconds = 0, now: BootTime
    ) {
        self.bus = bus
        self.devices = devices
        self.offset = offset
        states = devices.map { ScheduledDevice($0, bus: bus, points: points, gaps: gaps[$0.id] ?? .init()) }
        continuousDevices = states.indices.filter { [states] in !states[$0].continuous.isEmpty }
        budget = ProbeBudget(now: now)
        for device in states.indices { makeAllDue(device: device, now: now) }
        findEarliestDue()
    }

    /// The next thing to do. A request that is handed out and never reported as finished is lost until its points fall
    /// due again; nothing else breaks.
    package mutating func next(now: BootTime) -> BusTurn {
        releaseDue(now: now)
        let action = choose(now: now)
        defer { skipped = [] }
        return BusTurn(action, skipped: skipped.sorted())
    }

    // MARK: - What changes from outside

    /// The clock became trusted, or was corrected: UTC - CLOCK_BOOTTIME is now `offset`. Due times move to the new
    /// multiples, none further away than one period; what is pending stays pending.
    package mutating func clockChanged(offset: Nanoseconds, now: BootTime) {
        guard offset != self.offset else { return }
        releaseDue(now: now)
        self.offset = offset
        for device in states.indices { aimAtNextMultiple(device: device, now: now) }
        for var request in pending.removeAll() {
            request.deadline = deadline(of: request)
            pending.insert(request)
        }
        findEarliestDue()
    }

    /// The port is back after it was lost: what was pending is forgotten and every point is due at once.
    package mutating func portReturned(now: BootTime) {
        for device in states.indices { makeAllDue(device: device, now: now) }
        findEarliestDue()
    }

    /// No request may cover these addresses for the sake of a neighbour any more.
    /// Takes effect for what falls due from now on.
    package mutating func forbid(_ addresses: Range<Int>, in table: RegisterTable, device: Int) {
        guard states.indices.contains(device) else { return }
        states[device].forbid(addresses, in: table)
        demandsAreStale = true
    }

    /// The gaps that the device's plans avoid from now on, in place of those that they avoided.
    package mutating func setGaps(_ gaps: ForbiddenGaps, device: Int) {
        guard states.indices.contains(device) else { return }
        states[device].setGaps(gaps)
        demandsAreStale = true
    }

    /// Plans anew what waits for this device: for what became known before it was first asked.
    package mutating func restart(device: Int, now: BootTime) {
        guard states.indices.contains(device), !states[device].availability.isSilent else { return }
        forgetAll(device: device)
        makeAllDue(device: device, now: now)
        findEarliestDue()
    }

    /// The gaps that the device's plans avoid.
    package func gaps(of device: Int) -> ForbiddenGaps {
        states.indices.contains(device) ? states[device].gaps : ForbiddenGaps()
    }

    /// Takes a point out of the schedule: the device has refused it, again and again, and never answered.
    package mutating func exclude(_ point: PointIndex) {
        guard let device = states.firstIndex(where: { $0.owns(point) }) else { return }
        states[device].setExcluded(point, true)
        withdraw([point], device: device)
        demandsAreStale = true
    }

    /// Takes a point back in; it is due at once.
    package mutating func include(_ point: PointIndex, now: BootTime) {
        guard let device = states.firstIndex(where: { $0.owns(point) }) else { return }
        guard states[device].excluded.contains(point) else { return }
        states[device].setExcluded(point, false)
        demandsAreStale = true
        guard states[device].group(of: point) != nil, !states[device].availability.isSilent else { return }
        enqueue(states[device].plan(points: [point]), device: device, due: now)
    }
}
