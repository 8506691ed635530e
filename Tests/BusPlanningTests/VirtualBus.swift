import BusPlanning
import GatewayModel
import GatewayTestSupport

/// A line with devices on it, without time passing: asks the schedule, makes up what the transaction does, goes on.
struct VirtualBus {
    /// What one device does with requests.
    struct Behaviour {
        var turnaround: ClosedRange<Nanoseconds> = .milliseconds(20)...(.milliseconds(20))
        /// Share of answers that arrive damaged.
        var spoils = 0.0
        /// Share of requests that are not answered.
        var loses = 0.0
        /// Requests for more registers are not answered.
        var longestRead = 125
        /// While it is switched off.
        var dead: [Range<BootTime>] = []
    }

    struct Transaction {
        var request: DueRequest
        var outcome: RequestOutcome
        var begin: BootTime
        var end: BootTime
        var aftermath: Aftermath
        var busy: Nanoseconds { end - begin }
        var isAnswered: Bool { if case .answered = outcome { true } else { false } }
    }

    let station: VirtualStation
    let line: LineCost
    var schedule: BusSchedule
    var behaviours: [Behaviour]
    var random: SeededGenerator
    private(set) var now: BootTime
    private(set) var log: [Transaction] = []
    private(set) var skipped: [(point: PointIndex, time: BootTime)] = []
    private(set) var idleTime: Nanoseconds = 0

    init(_ station: VirtualStation, seed: UInt64 = 1, start: Nanoseconds = 0, offset: Nanoseconds = 0) {
        self.station = station
        line = LineCost(station.bus.connection)
        now = BootTime(nanoseconds: start)
        schedule = BusSchedule(
            bus: station.bus, devices: station.devices, points: station.points, offset: offset, now: now)
        behaviours = station.devices.map {
            Behaviour(turnaround: $0.typicalTurnaround...$0.typicalTurnaround)
        }
        random = SeededGenerator(seed: seed)
    }

    /// One call of `next` and what follows from it. Returns the transaction, if there was one.
    @discardableResult
    mutating func step(until end: BootTime) -> Transaction? {
        let turn = schedule.next(now: now)
        skipped += turn.skipped.map { ($0, now) }
        switch turn.action {
        case .idle(let until):
            let until = min(until, end)
            idleTime += until - now
            now = until
            return nil
        case .ask(var request):
            while true {
                let transaction = transact(request)
                log.append(transaction)
                guard transaction.aftermath.retry else { return transaction }
                request.attempt += 1
            }
        }
    }

    mutating func run(for time: Nanoseconds) {
        let end = now + time
        while now < end { step(until: end) }
    }

    private mutating func transact(_ request: DueRequest) -> Transaction {
        let begin = now
        let behaviour = behaviours[request.device]
        let asked = request.request
        let sent = line.silence + station.devices[request.device].guardTime + line.requestTime
        let turnaround = Int64.random(in: behaviour.turnaround, using: &random)
        let outcome: RequestOutcome
        let answers =
            !behaviour.dead.contains { $0.contains(begin) } && !random.chance(behaviour.loses)
            && asked.count <= behaviour.longestRead && turnaround <= request.responseTimeout
        if !answers {
            outcome = .noReply
            now = now + sent + request.responseTimeout
        } else {
            let spoiled = random.chance(behaviour.spoils)
            outcome = spoiled ? .spoiled : .answered(turnaround: turnaround)
            now = now + sent + turnaround + line.answerTime(asked.table, count: asked.count)
            if spoiled { now = now + line.silence }
        }
        let aftermath = schedule.finished(request, outcome: outcome, busy: now - begin, now: now)
        return Transaction(request: request, outcome: outcome, begin: begin, end: now, aftermath: aftermath)
    }

    // MARK: - What came of it

    func answered(from begin: BootTime = BootTime(nanoseconds: .min)) -> [Transaction] {
        log.filter { $0.isAnswered && $0.request.purpose != .probe && $0.begin >= begin }
    }

    /// Readings of each point.
    func reads(from begin: BootTime = BootTime(nanoseconds: .min)) -> [Int] {
        var reads = [Int](repeating: 0, count: station.points.count)
        for transaction in answered(from: begin) {
            for point in transaction.request.request.points { reads[point] += 1 }
        }
        return reads
    }

    /// Bus time of all requests whose points have this priority.
    func busy(_ priority: PointPriority, from begin: BootTime = BootTime(nanoseconds: .min)) -> Nanoseconds {
        log.filter { $0.request.priority == priority && $0.begin >= begin }.reduce(0) { $0 + $1.busy }
    }
}
