internal import GatewayModel

/// Which of the things that could be asked is asked now.
extension BusSchedule {
    /// In this order: a probe that is due, a class below that is owed its share, a lower class that would be late
    /// while the higher ones can wait, the highest class, continuous points. Nothing that would make an alarm late
    /// goes before it, not even when the alarm is not due yet; only shares that have been owed for long do.
    mutating func choose(now: BootTime) -> BusTurn.Action {
        makeDemands()
        if let probe = dueProbe(now: now) { return .ask(probe) }
        guard let top = PointPriority.allCases.reversed().first(where: { pending.has($0) }) else {
            guard let cost = continuousCost(), isHarmless(cost, to: .alarm, now: now) else { return idle(now: now) }
            return takeContinuous(now: now)
        }
        if let owed = owedClass(below: top, now: now) { return take(owed, now: now) }
        if let urgent = urgentClass(below: top, now: now) { return take(BusClass(urgent), now: now) }
        if top == .alarm { return take(.alarm, now: now) }
        guard let first = pending.first(of: top), isHarmless(first.request.cost, to: .alarm, now: now) else {
            return idle(now: now)
        }
        return take(BusClass(top), now: now)
    }

    // MARK: - Exceptions from "the highest class first"

    /// A class below `top` that is owed a whole request: at once if no alarm suffers, when two are owed in any case.
    private mutating func owedClass(below top: PointPriority, now: BootTime) -> BusClass? {
        for busClass in BusClass.allCases.reversed() where busClass < BusClass(top) && shares[busClass] > 0 {
            let next = busClass.priority.map { pending.first(of: $0)?.request.cost } ?? continuousCost()
            guard let cost = next, shares[busClass] >= cost else { continue }
            if shares[busClass] >= 2 * cost || isHarmless(cost, to: .alarm, now: now) { return busClass }
        }
        return nil
    }

    /// A class below `top` in which something would be dropped if it waited for the classes above, although they have
    /// time: a bus that is not overloaded drops nothing. A class for which the bus has no time in the long run is being
    /// stretched and is never urgent; else it would make the classes above wait for as long as they can, always.
    private func urgentClass(below top: PointPriority, now: BootTime) -> PointPriority? {
        for priority in [PointPriority.normal, .slow] where priority < top && demands.load(from: priority) <= 1 {
            guard let first = pending.first(of: priority), let above = PointPriority(rawValue: priority.rawValue + 1)
            else { continue }
            var end = now + pending.cost(above: priority)
            let isLate = pending.buckets(of: priority).contains { bucket in
                end = end + bucket.cost
                return end > bucket.deadline
            }
            if isLate, isHarmless(first.request.cost, to: above, now: now) { return priority }
        }
        return nil
    }

    /// Nothing of class `floor` or above would be late if the bus were busy for `cost` first.
    func isHarmless(_ cost: Nanoseconds, to floor: PointPriority, now: BootTime) -> Bool {
        let waiting = pending.buckets.filter { $0.priority >= floor }
            .map { (deadline: $0.deadline.nanoseconds + offset, cost: $0.cost) }
        return demands.isHarmless(delay: cost, to: floor, pending: waiting, time: scheduleTime(now))
    }

    mutating func makeDemands() {
        guard demandsAreStale else { return }
        demandsAreStale = false
        demands = DemandTable()
        for device in states.indices where !states[device].availability.isSilent {
            for group in states[device].groups.indices {
                demands.add(states[device].plan(groups: [group]), period: states[device].groups[group].period)
            }
        }
    }

    // MARK: - Taking

    private mutating func take(_ busClass: BusClass, now: BootTime) -> BusTurn.Action {
        guard let priority = busClass.priority else { return takeContinuous(now: now) }
        guard let request = pending.takeFirst(of: priority) else { return idle(now: now) }
        states[request.device].recordAsked(request.request.points, at: now)
        return .ask(request)
    }

    private func idle(now: BootTime) -> BusTurn.Action {
        var until = now + .seconds(3_600)
        if earliestDue < .max { until = min(until, bootTime(earliestDue)) }
        if let probe = nextProbe(now: now) { until = min(until, probe) }
        // Something waits, but would harm an alarm: look again when that has fallen due.
        if !pending.isEmpty, let alarm = demands.nextRelease(.alarm, after: scheduleTime(now)) {
            until = min(until, bootTime(alarm))
        }
        return .idle(until: max(until, now + .milliseconds(1)))
    }
}
