internal import BusPlanning
internal import GatewayModel

/// Runs the daemon's scheduler of one bus on a virtual clock: every request takes exactly what it is planned to cost.
struct BusRehearsal {
    /// What the agent adds to the silence before a request; measured (README, "added gap").
    static let addedGap: Nanoseconds = .microseconds(250)
    /// Requests of one rehearsal at most.
    static let longest = 100_000

    private(set) var plan: BusPlan
    private(set) var cadences: [PointIndex: Cadence] = [:]

    init(_ bus: BusConfiguration, _ configuration: GatewayConfiguration, _ measured: MeasuredDevices) {
        let devices = configuration.devices.filter { $0.bus == bus.id }.map { device in
            var device = device
            device.typicalTurnaround = measured.turnarounds[device.id] ?? device.typicalTurnaround
            return device
        }
        let points = configuration.points
        plan = BusPlan(
            id: bus.id, connection: bus.connection, isListenOnly: bus.isListenOnly,
            points: devices.reduce(0) { $0 + $1.points.count }, requests: 0, cycle: 0, load: [:], taken: 0,
            requestsPerSecond: 0, readingsPerSecond: 0, dropped: 0, devices: [])
        guard !bus.isListenOnly, plan.points > 0 else { return }
        let gaps = devices.map { device in
            (device.id, device.refusedGaps.reduce(into: ForbiddenGaps()) { $0.insert($1.addresses, in: $1.table) })
        }
        var schedule = BusSchedule(
            bus: bus, devices: devices, points: points, gaps: Dictionary(gaps) { first, _ in first },
            now: BootTime(nanoseconds: 0))
        describe(&schedule, devices)
        var course = Course(points: points)
        let end = Self.span(points, devices, cycle: plan.cycle)
        course.run(&schedule, devices, until: end)
        conclude(course, devices, points, end: end)
    }

    private mutating func describe(_ schedule: inout BusSchedule, _ devices: [DeviceConfiguration]) {
        let forecast = schedule.forecast()
        plan.requests = forecast.requests
        plan.cycle = forecast.cycle + Int64(forecast.requests) * Self.addedGap
        plan.load = forecast.load
        plan.continuousCycle = forecast.continuousCycle
        plan.devices = devices.indices.map { place in
            let standing = schedule.standing(of: place)
            let requests = standing?.requests ?? 0
            return BusPlan.Device(
                id: devices[place].id, points: devices[place].points.count, requests: requests,
                cycle: (standing?.cycle ?? 0) + Int64(requests) * Self.addedGap,
                turnaround: devices[place].typicalTurnaround, load: 0)
        }
    }

    /// Long enough that each point is read some times: three of the longest periods up to 10 minutes, and 20 passes.
    private static func span(
        _ points: [PointDefinition], _ devices: [DeviceConfiguration], cycle: Nanoseconds
    ) -> BootTime {
        let periods = devices.flatMap { $0.points.compactMap { points[$0].fixedPeriod } }
        let longest = min(periods.max() ?? 0, .seconds(600))
        return BootTime(nanoseconds: max(3 * longest, 20 * min(cycle, .seconds(60)), .seconds(60)))
    }

    private mutating func conclude(
        _ course: Course, _ devices: [DeviceConfiguration], _ points: [PointDefinition], end: BootTime
    ) {
        let span = max(1, course.now.nanoseconds)
        plan.taken = min(1, Double(course.busy) / Double(span))
        plan.requestsPerSecond = Double(course.requests) * 1e9 / Double(span)
        plan.readingsPerSecond = Double(course.readings) * 1e9 / Double(span)
        let due = course.asked + course.dropped
        plan.dropped = due > 0 ? Double(course.dropped) / Double(due) : 0
        for place in devices.indices {
            plan.devices[place].load = Double(course.busyOf[place, default: 0]) / Double(span)
        }
        for device in devices {
            for point in device.points {
                let history = course.histories[point]
                let period = points[point].fixedPeriod
                let mean = history.count > 1 ? (history.last - history.first) / Int64(history.count - 1) : nil
                // What is read less often than the rehearsal lasts is read as often as it falls due.
                let interval = mean ?? period.map { max($0, span) } ?? span
                cadences[point] = Cadence(interval: max(interval, 1), request: history.request)
                let worst = history.longest ?? interval
                let slowest = BusPlan.Slowest(point: point, interval: worst, period: period)
                if plan.slowest.map({ Self.excess(slowest) > Self.excess($0) }) ?? true { plan.slowest = slowest }
            }
        }
    }

    /// How much longer than its period it waits; of continuous points, how long.
    private static func excess(_ slowest: BusPlan.Slowest) -> Nanoseconds {
        slowest.interval - (slowest.period ?? 0)
    }
}

extension BusRehearsal {
    /// When one point was read.
    struct History {
        var count = 0
        /// The first point of the request that read it last.
        var request: PointIndex = 0
        var first: Nanoseconds = 0
        var last: Nanoseconds = 0
        var longest: Nanoseconds?

        mutating func note(_ time: BootTime) {
            if count == 0 {
                first = time.nanoseconds
            } else {
                longest = max(longest ?? 0, time.nanoseconds - last)
            }
            last = time.nanoseconds
            count += 1
        }
    }

    /// What happened so far.
    struct Course {
        var now = BootTime(nanoseconds: 0)
        var busy: Nanoseconds = 0
        var busyOf: [Int: Nanoseconds] = [:]
        var requests = 0
        var readings = 0
        var asked = 0
        var dropped = 0
        var histories: [History]

        init(points: [PointDefinition]) { histories = Array(repeating: History(), count: points.count) }

        mutating func run(_ schedule: inout BusSchedule, _ devices: [DeviceConfiguration], until end: BootTime) {
            while now < end, asked < BusRehearsal.longest {
                let turn = schedule.next(now: now)
                dropped += turn.skipped.count
                switch turn.action {
                case .idle(let until): now = min(max(until, now + 1), end)
                case .ask(let request):
                    let cost = max(1, request.request.cost + BusRehearsal.addedGap)
                    now = now + cost
                    busy += cost
                    busyOf[request.device, default: 0] += cost
                    requests += 1
                    asked += request.request.points.count
                    readings += request.request.points.count
                    for point in request.request.points {
                        histories[point].note(now)
                        histories[point].request = request.request.points[0]
                    }
                    let turnaround = devices[request.device].typicalTurnaround
                    _ = schedule.finished(request, outcome: .answered(turnaround: turnaround), busy: cost, now: now)
                }
            }
        }
    }
}
