internal import BusPlanning
package import GatewayModel

/// Everything that a bus worker decides and learns, without the wire: a value that is told what time it is and what
/// was heard. The worker does what `next` says and reports it with `heard`.
package struct BusConversation: Sendable {
    let devices: [DeviceConfiguration]
    let points: [PointDefinition]
    let bus: BusConfiguration
    /// What a request costs, by device: each has its own speed and protocol.
    let lines: [LineCost]
    /// What a meter without registers is asked, by the place that plans know it by; empty for Modbus devices.
    let questions: [[UInt16: MeterQuestion]]
    /// Answers carry nothing that ties them to a request (RTU framing).
    let answersAreAlike: Bool
    let deviceOfUnit: [UInt8: Int]

    var schedule: BusSchedule
    var turn: RequestTurn?
    /// Requests that wait until a late answer can no longer be mistaken for theirs.
    var deferred: [DueRequest] = []
    var late: [LateAnswers]
    var refusals: [DeviceRefusals]
    var counters: [DeviceCounters]
    package internal(set) var health: BusHealth
    var lastGood: [BootTime?]
    /// What each device takes at most when it is well; nil: not known yet.
    var patience: [Nanoseconds?]
    /// Devices that answered a probe too late: the next probe waits for as long as a request does.
    var answeredLate: Set<Int> = []
    /// Points that were read, or had their turn, since the start or the return of their device or port. The first
    /// instance after that may fall due just before the next one; that it is dropped then is no overload.
    var hasHadTurn: [Bool]
    /// In which order a CJ/T 188 meter takes an identifier's bytes.
    var orders: [KnownOrder]
    /// Of the last CJ/T 188 request.
    private var serial: UInt8 = 0
    /// Which device answers at each address; nil: it cannot be told.
    var identities: [IdentityWatch?]
    let hasIdentities: Bool
    /// What earlier runs learnt is known; or there is nobody who could say.
    var isRecalled = false
    /// Devices whose first requests wait for that.
    var held: Set<Int> = []
    let begun: BootTime
    /// When what a device refuses is sought anew.
    var nextForgetting: [BootTime]
    /// Changes of state since the worker last took them.
    var events: [BusEvent] = []

    /// More deferred requests than this are dropped, the oldest first; their points are `stale`.
    private static let mostDeferred = 16
    /// Requests that `next` sets aside before it lets time pass.
    private static let mostSetAside = 32

    package init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition], offset: Nanoseconds,
        now: BootTime
    ) {
        self.bus = bus
        self.devices = devices
        self.points = points
        lines = devices.map { LineCost(bus.connection, device: $0) }
        questions = devices.map { device in
            let sources = points[device.points.clamped(to: points.indices)].map(\.source) + [device.identity]
            return Dictionary(
                sources.compactMap { source in
                    if case .meter(let meter)? = source { (meter.place, meter.question) } else { nil }
                }, uniquingKeysWith: { first, _ in first })
        }
        orders = devices.map { device in
            if case .cjt188(_, _, let order?) = device.address {
                KnownOrder(order: order, isCertain: true)
            } else {
                KnownOrder()
            }
        }
        if case .modbusTCP = bus.connection { answersAreAlike = false } else { answersAreAlike = true }
        deviceOfUnit = Dictionary(
            devices.indices.filter { devices[$0].address.isModbus }.map { (devices[$0].unit, $0) },
            uniquingKeysWith: { first, _ in first })
        let gaps = devices.map { device in
            (
                device.id,
                device.refusedGaps.reduce(into: ForbiddenGaps()) { $0.insert($1.addresses, in: $1.table) }
            )
        }
        schedule = BusSchedule(
            bus: bus, devices: devices, points: points, gaps: Dictionary(gaps, uniquingKeysWith: { first, _ in first }),
            offset: offset, now: now)
        hasHadTurn = Array(repeating: false, count: points.count)
        late = Array(repeating: LateAnswers(), count: devices.count)
        refusals = Array(repeating: DeviceRefusals(), count: devices.count)
        counters = Array(repeating: DeviceCounters(), count: devices.count)
        health = BusHealth(devices: devices.count)
        lastGood = Array(repeating: nil, count: devices.count)
        patience = Array(repeating: nil, count: devices.count)
        identities = devices.map { $0.identity == nil ? nil : IdentityWatch(now: now) }
        hasIdentities = devices.contains { $0.identity != nil }
        begun = now
        nextForgetting = Array(repeating: now + Self.forgetInterval, count: devices.count)
    }

    mutating func takeEvents() -> [BusEvent] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    package mutating func clockChanged(offset: Nanoseconds, now: BootTime) {
        schedule.clockChanged(offset: offset, now: now)
    }

    /// For status: not cheap, not for every transaction.
    mutating func forecast() -> BusForecast { schedule.forecast() }
    mutating func standing(of device: Int) -> DeviceStanding? { schedule.standing(of: device) }

    // MARK: - What next

    /// - Parameter stale: gets a reading for each point that was due and got no turn.
    package mutating func next(now: BootTime, stale: inout [Reading]) -> BusStep {
        if let step = currentStep() { return step }
        includeRetries(now: now)
        forgetOldRefusals(now: now)
        releaseHeld(now: now)
        var wakeUp: BootTime?
        var candidate = takeDeferred(now: now, stale: &stale, wakeUp: &wakeUp)
        for _ in 0..<Self.mostSetAside {
            if let due = candidate {
                begin(due, now: now)
                if let step = currentStep() { return step }
            }
            let next = schedule.next(now: now)
            stale += skipped(next.skipped, now: now)
            switch next.action {
            case .idle(let until):
                let idle = min(until, wakeUp ?? until)
                if lookInGap(now: now, until: idle), let step = currentStep() { return step }
                return .idle(until: idle)
            case .ask(let due) where mustHold(due, now: now):
                candidate = nil
                wakeUp = now + Self.recallPoll
            case .ask(let due):
                let earliest = self.earliest(due, now: now)
                candidate = earliest > now ? nil : due
                guard earliest > now else { continue }
                wakeUp = min(wakeUp ?? earliest, earliest)
                if due.purpose == .due { setAside(due, now: now, stale: &stale) }
            }
        }
        // Only requests that must wait, again and again: continuous points of a device that was late.
        return .idle(until: min(wakeUp ?? now, now + .milliseconds(100)))
    }

    private mutating func begin(_ due: DueRequest, now: BootTime) {
        guard due.purpose != .probe else {
            turn = RequestTurn(due, requests: [due.request])
            return
        }
        let requests = refusals[due.device].arrange(
            due.request, planner: planner(due.device), timing: timing(due.device), spans: spans(due.request.points))
        turn = RequestTurn(due, requests: requests.isEmpty ? [due.request] : requests)
        if let look = look(before: due, now: now) { turn?.look(look) }
    }

    private mutating func currentStep() -> BusStep? {
        guard let turn, let step = turn.current else { return nil }
        let device = turn.due.device
        var timeout = turn.due.responseTimeout
        if turn.due.purpose != .probe, counters[device].failuresInARow == 0 {
            timeout = health.adapted[device].value(configured: timeout)
        }
        if turn.due.purpose == .probe, answeredLate.remove(device) != nil {
            timeout = max(timeout, devices[device].responseTimeout ?? bus.responseTimeout)
        }
        let configuration = devices[device]
        guard !configuration.address.isModbus else {
            return .ask(
                Asking(
                    device: device, request: readRequest(step.request, device: device), timeout: timeout,
                    patience: min(timeout, patience[device] ?? timeout), guardTime: configuration.guardTime,
                    format: configuration.format))
        }
        serial &+= 1
        return .inquire(
            Inquiry(
                device: device, address: configuration.address,
                question: questions[device][step.request.address] ?? .telegrams, order: orders[device].order,
                serial: serial, format: configuration.format, timeout: timeout, guardTime: configuration.guardTime))
    }

    mutating func earliest(_ due: DueRequest, now: BootTime) -> BootTime {
        guard answersAreAlike, devices[due.device].address.isModbus else { return now }
        let own = late[due.device].earliest(readRequest(due.request, device: due.device), now: now)
        guard let look = look(before: due, now: now) else { return own }
        return max(own, late[due.device].earliest(readRequest(look, device: due.device), now: now))
    }

    /// A request that waited and may go out now; those that waited too long are dropped.
    private mutating func takeDeferred(
        now: BootTime, stale: inout [Reading], wakeUp: inout BootTime?
    ) -> DueRequest? {
        guard !deferred.isEmpty else { return nil }
        let missed = deferred.filter { $0.deadline <= now }
        if !missed.isEmpty {
            deferred.removeAll { $0.deadline <= now }
            stale += skipped(missed.flatMap(\.request.points), now: now)
        }
        for index in deferred.indices {
            let earliest = self.earliest(deferred[index], now: now)
            if earliest <= now { return deferred.remove(at: index) }
            wakeUp = min(wakeUp ?? earliest, earliest)
        }
        return nil
    }

    private mutating func setAside(_ due: DueRequest, now: BootTime, stale: inout [Reading]) {
        if deferred.count >= Self.mostDeferred {
            stale += skipped(deferred.removeFirst().request.points, now: now)
        }
        deferred.append(due)
    }

    private mutating func skipped(_ points: [PointIndex], now: BootTime) -> [Reading] {
        let stale = points.filter { hasHadTurn[$0] }.map { failure($0, .stale, now) }
        for point in points { hasHadTurn[point] = true }
        return stale
    }

    /// Points that were given up are asked for again now and then.
    private mutating func includeRetries(now: BootTime) {
        for device in refusals.indices {
            for point in refusals[device].retries(now: now) { schedule.include(point, now: now) }
        }
    }
}
