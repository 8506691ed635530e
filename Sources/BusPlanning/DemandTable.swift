internal import GatewayModel

/// What the periodic points of a bus will ask for, by class and period.
struct DemandTable: Sendable {
    struct Entry: Sendable {
        var priority: PointPriority
        var period: Nanoseconds
        /// Bus time of one instance of everything with this class and period.
        var cost: Nanoseconds
    }

    private(set) var entries: [Entry] = []

    /// Adds one instance of a group's plan.
    mutating func add(_ plan: [GroupRequest], period: Nanoseconds) {
        for planned in plan {
            let known = entries.firstIndex { $0.priority == planned.priority && $0.period == period }
            if let known {
                entries[known].cost += planned.request.cost
            } else {
                entries.append(Entry(priority: planned.priority, period: period, cost: planned.request.cost))
            }
        }
    }

    /// Share of bus time that this class and those above need, a little too high where periods share requests.
    func load(from priority: PointPriority) -> Double {
        entries.reduce(0) { $1.priority >= priority ? $0 + Double($1.cost) / Double($1.period) : $0 }
    }

    /// Whether everything of class `floor` and above still ends before it falls due again if the bus is first busy
    /// for `delay` with something else.
    ///
    /// Looks at the pending requests and at the next instance of each period; all times are on the schedule's line.
    /// - Parameter pending: deadline and cost of what waits in these classes.
    func isHarmless(
        delay: Nanoseconds, to floor: PointPriority, pending: [(deadline: Int64, cost: Nanoseconds)], time: Int64
    ) -> Bool {
        let future = entries.filter { $0.priority >= floor }
        var deadlines = Set(pending.map(\.deadline))
        for entry in future {
            deadlines.insert(BusSchedule.multiple(of: entry.period, notAfter: time) + 2 * entry.period)
        }
        return deadlines.allSatisfy { deadline in
            let waiting = pending.reduce(0) { $1.deadline <= deadline ? $0 + $1.cost : $0 }
            let coming = future.reduce(0) { $0 + $1.cost * Self.instances($1.period, after: time, until: deadline) }
            return delay + waiting + coming <= deadline - time
        }
    }

    /// Instances that fall due after `time` and fall due again by `deadline`.
    private static func instances(_ period: Nanoseconds, after time: Int64, until deadline: Int64) -> Int64 {
        let first = BusSchedule.multiple(of: period, notAfter: time) + period
        return max(0, (BusSchedule.multiple(of: period, notAfter: deadline) - first) / period)
    }

    /// When anything of this class falls due next; nil: nothing has this class.
    func nextRelease(_ priority: PointPriority, after time: Int64) -> Int64? {
        entries.filter { $0.priority == priority }
            .map { BusSchedule.multiple(of: $0.period, notAfter: time) + $0.period }.min()
    }
}
