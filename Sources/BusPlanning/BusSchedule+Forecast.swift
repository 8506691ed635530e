internal import GatewayModel

/// What status and `gatewayctl plan` say of a bus.
extension BusSchedule {
    /// What the present plans promise, if every device answers.
    package mutating func forecast() -> BusForecast {
        var forecast = BusForecast(requests: 0, cycle: 0, load: [:], continuousCycle: nil)
        var continuous: Nanoseconds = 0
        for device in states.indices {
            let plan = states[device].fullPlan()
            forecast.requests += plan.count
            forecast.cycle += plan.reduce(0) { $0 + $1.request.cost }
            forecast.load.merge(states[device].load(), uniquingKeysWith: +)
            continuous += states[device].continuousPlan().reduce(0) { $0 + $1.request.cost }
        }
        if continuous > 0, forecast.totalLoad < 1 {
            forecast.continuousCycle = Int64(Double(continuous) / (1 - forecast.totalLoad))
        }
        return forecast
    }

    /// The device is only probed.
    package func isSilent(_ device: Int) -> Bool {
        states.indices.contains(device) && states[device].availability.isSilent
    }

    /// nil: there is no such device.
    package mutating func standing(of device: Int) -> DeviceStanding? {
        guard states.indices.contains(device) else { return nil }
        let plan = states[device].fullPlan()
        let intervals = ProbeBudget.intervals(costs: probeCosts)
        let state = states[device]
        return DeviceStanding(
            isSilent: state.availability.isSilent, silentSince: state.availability.silentSince,
            probeInterval: state.availability.isSilent
                ? (state.availability.hasAnswered ? intervals.known : intervals.never) : nil,
            turnaround: state.turnaround, requests: plan.count,
            cycle: plan.reduce(0) { $0 + $1.request.cost })
    }
}

extension ScheduledDevice {
    /// Instants of one hyperperiod that are looked at one by one; beyond, what periods share is not taken off.
    private static let mostInstants = 1_000

    /// Share of bus time that the periodic points of each class need. Periods that divide each other share requests:
    /// counted exactly over one hyperperiod while that is not too long.
    func load() -> [PointPriority: Double] {
        var load: [PointPriority: Double] = [:]
        for (due, rate) in dueSets() {
            for planned in plan(points: due.flatMap { groups[$0].points }) {
                load[planned.priority, default: 0] += Double(planned.request.cost) * rate
            }
        }
        return load
    }

    /// Which groups fall due together, and how often per nanosecond.
    private func dueSets() -> [[Int]: Double] {
        let periods = groups.map(\.period)
        guard let hyperperiod = Self.hyperperiod(periods) else {
            return Dictionary(uniqueKeysWithValues: periods.indices.map { ([$0], 1 / Double(periods[$0])) })
        }
        let instants = Set(periods.flatMap { stride(from: 0, to: hyperperiod, by: Int($0)) })
        return instants.reduce(into: [:]) { sets, instant in
            let due = periods.indices.filter { Int64(instant) % periods[$0] == 0 }
            sets[due, default: 0] += 1 / Double(hyperperiod)
        }
    }

    private static func hyperperiod(_ periods: [Nanoseconds]) -> Int? {
        var hyperperiod: Int64 = 1
        for period in periods {
            var (a, b) = (hyperperiod, period)
            while b != 0 { (a, b) = (b, a % b) }
            let (product, overflow) = (hyperperiod / a).multipliedReportingOverflow(by: period)
            guard !overflow else { return nil }
            hyperperiod = product
        }
        let instants = periods.reduce(0) { $0 + hyperperiod / $1 }
        return instants <= mostInstants ? Int(exactly: hyperperiod) : nil
    }
}
