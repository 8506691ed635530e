internal import GatewayModel

/// One device of a bus: its points by period, its plans, what is known of it.
struct ScheduledDevice: Sendable {
    /// Points that fall due together.
    struct Group: Sendable {
        var period: Nanoseconds
        var points: [PointIndex]
        /// The next multiple of the period, on the schedule's time line.
        var nextDue: Int64 = 0
    }

    let configuration: DeviceConfiguration
    let responseTimeout: Nanoseconds
    private(set) var planner: RequestPlanner
    /// By period, shortest first.
    var groups: [Group] = []
    /// The next due time of any group.
    var earliestDue: Int64 { groups.lazy.map(\.nextDue).min() ?? .max }
    private(set) var continuous: [PointIndex] = []
    private(set) var excluded: Set<PointIndex> = []
    var turnaround: TurnaroundEstimate
    var availability = DeviceAvailability()
    /// The place in the continuous plan from which its next round goes on.
    var continuousCursor = 0

    /// By place in `configuration.points`.
    private var spans: [PointSpan] = []
    private var priorities: [PointPriority] = []
    /// The point's group; nil: continuous.
    private var groupOf: [Int?] = []
    private var lastAsked: [BootTime?] = []
    /// Plans of the sets of groups that fell due together, and of the continuous points.
    private var plans: [PlanKey: [GroupRequest]] = [:]

    init(_ configuration: DeviceConfiguration, bus: BusConfiguration, points: [PointDefinition], gaps: ForbiddenGaps) {
        self.configuration = configuration
        responseTimeout = configuration.responseTimeout ?? bus.responseTimeout
        planner = RequestPlanner(
            line: LineCost(bus.connection, device: configuration), maxRegisters: configuration.maxRegisters,
            maxBits: configuration.maxBits,
            forbidden: gaps)
        turnaround = TurnaroundEstimate(typical: configuration.typicalTurnaround)
        let own = points[configuration.points.clamped(to: points.indices)]
        spans = own.map(PointSpan.init)
        priorities = own.map(\.priority)
        lastAsked = own.map { _ in nil }
        for period in Set(own.compactMap(\.fixedPeriod)).sorted() {
            groups.append(Group(period: period, points: own.filter { $0.fixedPeriod == period }.map(\.index)))
        }
        groupOf = own.map { point in groups.firstIndex { $0.period == point.fixedPeriod } }
        continuous = own.filter { $0.fixedPeriod == nil }.map(\.index)
    }

    private func place(_ point: PointIndex) -> Int { point - configuration.points.lowerBound }

    func owns(_ point: PointIndex) -> Bool { spans.indices.contains(place(point)) }
    func group(of point: PointIndex) -> Int? { groupOf[place(point)] }
    var allPoints: [PointIndex] { spans.map(\.point) }
    var gaps: ForbiddenGaps { planner.forbidden }

    var timing: DeviceTiming {
        DeviceTiming(guardTime: configuration.guardTime, turnaround: turnaround.planned)
    }

    // MARK: - What changes the plans

    mutating func forbid(_ addresses: Range<Int>, in table: RegisterTable) {
        planner.forbidden.insert(addresses, in: table)
        plans = [:]
    }

    mutating func setGaps(_ gaps: ForbiddenGaps) {
        planner.forbidden = gaps
        plans = [:]
    }

    mutating func setExcluded(_ point: PointIndex, _ isExcluded: Bool) {
        if isExcluded { excluded.insert(point) } else { excluded.remove(point) }
        plans = [:]
    }

    /// Returns whether the turnaround moved so far that the plans were dropped.
    mutating func recordTurnaround(_ time: Nanoseconds) -> Bool {
        turnaround.record(time)
        guard turnaround.movedEnough else { return false }
        turnaround.adopt()
        plans = [:]
        return true
    }

    mutating func recordAsked(_ points: [PointIndex], at now: BootTime) {
        for point in points where owns(point) { lastAsked[place(point)] = now }
    }

    // MARK: - Plans

    /// Sets of groups that are remembered; beyond, all are forgotten and made anew.
    private static let largestCache = 64

    private enum PlanKey: Hashable, Sendable {
        case groups([Int])
        case continuous
        case everything
    }

    /// The cheapest requests for groups that fall due at one instant.
    mutating func plan(groups due: [Int]) -> [GroupRequest] {
        plan(.groups(due)) { device in due.flatMap { device.groups[$0].points } }
    }

    mutating func continuousPlan() -> [GroupRequest] { plan(.continuous, \.continuous) }

    /// One full pass over all points.
    mutating func fullPlan() -> [GroupRequest] { plan(.everything, \.allPoints) }

    private mutating func plan(_ key: PlanKey, _ points: (ScheduledDevice) -> [PointIndex]) -> [GroupRequest] {
        if let known = plans[key] { return known }
        let made = plan(points: points(self))
        if plans.count >= Self.largestCache { plans = [:] }
        plans[key] = made
        return made
    }

    /// The cheapest requests for some points, not remembered.
    func plan(points: [PointIndex]) -> [GroupRequest] {
        let wanted = points.filter { owns($0) && !excluded.contains($0) }.map { spans[place($0)] }
        return planner.plan(wanted, device: timing).map { request in
            GroupRequest(
                request: request,
                priority: request.points.map { priorities[place($0)] }.max() ?? .normal,
                groups: Set(request.points.compactMap { groupOf[place($0)] }).sorted())
        }
    }

    /// When the point that has waited longest was last asked for; nil: one has never been.
    func oldestAsked(_ points: [PointIndex]) -> BootTime? {
        var oldest: BootTime?
        for point in points {
            guard let asked = lastAsked[place(point)] else { return nil }
            oldest = min(oldest ?? asked, asked)
        }
        return oldest
    }

    // MARK: - Probes

    /// Asks for the one point that is cheapest to ask for.
    func probeRequest() -> GroupRequest? {
        let cheapest = spans.filter { !excluded.contains($0.point) }.min {
            (probeCost($0), $0.point) < (probeCost($1), $1.point)
        }
        return cheapest.flatMap { plan(points: [$0.point]).first }
    }

    private func probeCost(_ span: PointSpan) -> Nanoseconds {
        planner.line.cost(span.table, count: span.addresses.count, device: timing)
    }
}

/// A planned request with what the schedule needs to know of its points.
struct GroupRequest: Hashable, Sendable {
    var request: PlannedRequest
    /// The highest among its points.
    var priority: PointPriority
    /// Places in `ScheduledDevice.groups`; empty for continuous points.
    var groups: [Int]
}
