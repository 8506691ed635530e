internal import GatewayModel

/// Which of the things that could be asked is asked now.
extension BusSchedule {
    /// In this order: a probe that is due, a class below that is owed its share, a lower class that would be late
    /// while the higher ones can wait, the highest class, continuous points. Nothing that would make an alarm late
    /// goes before it, not even when the alarm is not due yet; only shares that have been owed for long do.
    mutating func choose(now: BootTime) -> BusTurn.Action {
        makeDemands()
        if let probe = dueProbe(now: now) { return .ask(probe) }
        let heads = self.heads()
        if let top = heads.keys.max() {
            if let owed = owedClass(below: top, heads: heads, now: now) { return take(owed, heads: heads, now: now) }
            if let urgent = urgentClass(below: top, heads: heads, now: now) {
                return take(urgent, heads: heads, now: now)
            }
            if top == .alarm { return take(top, heads: heads, now: now) }
            if let head = heads[top], isHarmless(pending[head].request.cost, to: .alarm, now: now) {
                return take(top, heads: heads, now: now)
            }
            return idle(now: now)
        }
        if let cost = continuousCost(), isHarmless(cost, to: .alarm, now: now) {
            return takeContinuous(now: now)
        }
        return idle(now: now)
    }

    // MARK: - Order

    /// The place in `pending` of what comes next in each class: earliest deadline first; of those that fall due again
    /// together, the one whose points have waited longest, so that in an overload all get their turn.
    private func heads() -> [BusClass: Int] {
        var heads: [BusClass: Int] = [:]
        for index in pending.indices {
            let busClass = BusClass(pending[index].priority)
            if let known = heads[busClass], !Self.isBefore(pending[index], pending[known]) { continue }
            heads[busClass] = index
        }
        return heads
    }

    private static func isBefore(_ a: DueRequest, _ b: DueRequest) -> Bool {
        if a.isPutBack != b.isPutBack { return b.isPutBack }
        if a.deadline != b.deadline { return a.deadline < b.deadline }
        if a.oldestAsked != b.oldestAsked {
            guard let first = a.oldestAsked else { return true }
            guard let second = b.oldestAsked else { return false }
            return first < second
        }
        return a.serial < b.serial
    }

    /// A class below `top` that is owed a whole request: at once if no alarm suffers, when two are owed in any case.
    private mutating func owedClass(below top: BusClass, heads: [BusClass: Int], now: BootTime) -> BusClass? {
        for busClass in BusClass.allCases.reversed() where busClass < top {
            let cost: Nanoseconds
            if let head = heads[busClass] {
                cost = pending[head].request.cost
            } else if busClass == .continuous, let continuous = continuousCost() {
                cost = continuous
            } else {
                continue
            }
            guard shares[busClass] >= cost else { continue }
            if shares[busClass] >= 2 * cost || isHarmless(cost, to: .alarm, now: now) { return busClass }
        }
        return nil
    }

    /// A class below `top` in which something would be dropped if it waited for the classes above, although they have
    /// time: a bus that is not overloaded drops nothing.
    private func urgentClass(below top: BusClass, heads: [BusClass: Int], now: BootTime) -> BusClass? {
        for priority in [PointPriority.normal, .slow] where BusClass(priority) < top {
            guard let head = heads[BusClass(priority)], let above = PointPriority(rawValue: priority.rawValue + 1)
            else { continue }
            let waitsFor = pending.reduce(0) { $1.priority > priority ? $0 + $1.request.cost : $0 }
            let own = pending.filter { $0.priority == priority }.sorted(by: Self.isBefore)
            var end = now + waitsFor
            let isLate = own.contains { request in
                end = end + request.request.cost
                return end > request.deadline
            }
            if isLate, isHarmless(pending[head].request.cost, to: above, now: now) { return BusClass(priority) }
        }
        return nil
    }

    /// Nothing of class `floor` or above would be late if the bus were busy for `cost` first.
    func isHarmless(_ cost: Nanoseconds, to floor: PointPriority, now: BootTime) -> Bool {
        let waiting = pending.filter { $0.priority >= floor }.map {
            ($0.deadline.nanoseconds + offset, $0.request.cost)
        }
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

    private mutating func take(_ busClass: BusClass, heads: [BusClass: Int], now: BootTime) -> BusTurn.Action {
        guard busClass != .continuous else { return takeContinuous(now: now) }
        guard let head = heads[busClass] else { return idle(now: now) }
        let request = pending[head]
        pending.swapAt(head, pending.count - 1)
        pending.removeLast()
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
