internal import GatewayModel

/// What falls due, and what loses its turn by that.
extension BusSchedule {
    func scheduleTime(_ now: BootTime) -> Int64 { now.nanoseconds + offset }
    func bootTime(_ schedule: Int64) -> BootTime { BootTime(nanoseconds: schedule - offset) }

    /// The largest multiple of `period` that is not after `time`.
    static func multiple(of period: Nanoseconds, notAfter time: Int64) -> Int64 {
        let rest = time % period
        return time - (rest < 0 ? rest + period : rest)
    }

    /// Moves everything that is due by now from the groups to `pending`.
    mutating func releaseDue(now: BootTime) {
        let time = scheduleTime(now)
        guard earliestDue <= time else { return }
        for device in states.indices where states[device].earliestDue <= time {
            releaseDue(device: device, until: time)
        }
        releaseLaterTries(now: now)
        findEarliestDue()
    }

    private mutating func releaseLaterTries(now: BootTime) {
        let ready = laterTries.filter { $0.notBefore <= now }
        laterTries.removeAll { $0.notBefore <= now }
        for later in ready {
            let plan = states[later.device].plan(points: later.points)
            enqueue(plan, device: later.device, due: later.due, laterTry: later.number)
        }
    }

    /// Remembers those points of a failed request that would otherwise not be asked for again for long.
    mutating func tryLater(_ request: DueRequest, now: BootTime) {
        guard request.laterTry < LaterTry.most else { return }
        let points = request.request.points.filter { point in
            guard let group = states[request.device].group(of: point) else { return false }
            return states[request.device].groups[group].nextDue - scheduleTime(now) > LaterTry.leastWait
        }
        guard !points.isEmpty else { return }
        let notBefore = now + LaterTry.delay
        laterTries.append(
            LaterTry(
                device: request.device, points: points, due: request.due, notBefore: notBefore,
                number: request.laterTry + 1))
        earliestDue = min(earliestDue, scheduleTime(notBefore))
    }

    private mutating func releaseDue(device: Int, until time: Int64) {
        var instants: [Int64: [Int]] = [:]
        for index in states[device].groups.indices {
            let group = states[device].groups[index]
            guard group.nextDue <= time else { continue }
            let latest = Self.multiple(of: group.period, notAfter: time)
            let missed = (latest - group.nextDue) / group.period
            if missed > 0 { countMissed(missed, group: index, device: device) }
            instants[latest, default: []].append(index)
            states[device].groups[index].nextDue = latest + group.period
        }
        for instant in instants.keys.sorted() {
            guard let due = instants[instant] else { continue }
            release(groups: due, device: device, due: bootTime(instant))
        }
    }

    /// Instances that came and went while the bus was away.
    private mutating func countMissed(_ times: Int64, group: Int, device: Int) {
        guard !states[device].availability.isSilent else { return }
        for planned in states[device].plan(groups: [group]) {
            overruns[planned.priority, default: 0] += Int(times)
            skipped.formUnion(planned.request.points)
        }
    }

    private mutating func release(groups due: [Int], device: Int, due instant: BootTime) {
        let points = Set(due.flatMap { states[device].groups[$0].points })
        drop(points, device: device, fallingDueAgainAt: instant)
        guard !states[device].availability.isSilent else { return }
        enqueue(states[device].plan(groups: due), device: device, due: instant)
    }

    /// Takes points that fall due again out of the requests that still wait for their turn.
    private mutating func drop(_ points: Set<PointIndex>, device: Int, fallingDueAgainAt instant: BootTime) {
        for request in takeOut(points, device: device) {
            // At the start and after a change of the clock a point may fall due sooner than a period after the last
            // time: then the new instance takes the old one's place and nothing is lost.
            let lost = request.request.points.filter {
                guard points.contains($0), let group = states[device].group(of: $0) else { return false }
                return instant - request.due >= states[device].groups[group].period
            }
            guard !lost.isEmpty else { continue }
            overruns[request.priority, default: 0] += 1
            skipped.formUnion(lost)
        }
    }

    /// Takes points out of the pending requests without counting anything.
    mutating func withdraw(_ points: Set<PointIndex>, device: Int) { _ = takeOut(points, device: device) }

    /// Removes the pending requests that hold any of the points, puts back what else they held, returns them.
    private mutating func takeOut(_ points: Set<PointIndex>, device: Int) -> [DueRequest] {
        for index in laterTries.indices where laterTries[index].device == device {
            laterTries[index].points.removeAll(where: points.contains)
        }
        laterTries.removeAll(where: \.points.isEmpty)
        let hit = pending.remove(device: device) { !points.isDisjoint(with: $0.request.points) }
        for request in hit {
            let rest = request.request.points.filter { !points.contains($0) }
            guard !rest.isEmpty else { continue }
            enqueue(
                states[device].plan(points: rest), device: device, due: request.due, laterTry: request.laterTry,
                isPutBack: request.isPutBack)
        }
        return hit
    }

    mutating func enqueue(
        _ plan: [GroupRequest], device: Int, due: BootTime, laterTry: Int = 0, isPutBack: Bool = false
    ) {
        for planned in plan {
            serial += 1
            var request = DueRequest(
                device: device, request: planned.request, purpose: .due, priority: planned.priority, due: due,
                deadline: due, responseTimeout: states[device].responseTimeout)
            request.serial = serial
            request.laterTry = laterTry
            request.isPutBack = isPutBack
            request.deadline = deadline(of: request)
            let handicap = states[device].availability.hasMissed ? max(0, request.deadline - due) : 0
            request.oldestAsked = states[device].oldestAsked(planned.request.points).map { $0 + handicap }
            pending.insert(request)
        }
    }

    /// When the first of the request's points falls due again.
    func deadline(of request: DueRequest) -> BootTime {
        let groups = request.request.points.compactMap { states[request.device].group(of: $0) }
        let next = groups.map { states[request.device].groups[$0].nextDue }.min()
        return next.map { bootTime($0) } ?? request.deadline
    }

    /// Every point of the device is due now, and then on the multiples of its period.
    mutating func makeAllDue(device: Int, now: BootTime) {
        forgetAll(device: device)
        aimAtNextMultiple(device: device, now: now)
        guard !states[device].availability.isSilent else { return }
        enqueue(states[device].plan(groups: Array(states[device].groups.indices)), device: device, due: now)
    }

    /// Drops whatever of the device waits for its turn or for a later try.
    mutating func forgetAll(device: Int) {
        _ = pending.remove(device: device)
        laterTries.removeAll { $0.device == device }
    }

    func firstMultiple(of period: Nanoseconds, after now: BootTime) -> Int64 {
        Self.multiple(of: period, notAfter: scheduleTime(now)) + period
    }

    mutating func aimAtNextMultiple(device: Int, now: BootTime) {
        for index in states[device].groups.indices {
            states[device].groups[index].nextDue = firstMultiple(of: states[device].groups[index].period, after: now)
        }
    }

    mutating func findEarliestDue() {
        earliestDue = states.lazy.map(\.earliestDue).min() ?? .max
        if let later = laterTries.lazy.map(\.notBefore).min() { earliestDue = min(earliestDue, scheduleTime(later)) }
    }
}
