internal import GatewayModel

/// One watched wire: gets its line, follows its level or counts its pulses, and makes readings of it.
final class InputLine {
    /// Looks at a line without interrupts.
    private static let polling: Nanoseconds = .milliseconds(20)
    /// Changes told in one second; of more, what it is at the end of that second.
    private static let changesPerSecond = 50

    /// nil: it is watched for the power failure alone.
    private let input: InputConfiguration?
    private let request: LineRequest
    private let isPowerFail: Bool
    private(set) var status: DigitalStatus

    private var held: (any HeldLine)?
    private var backOff = HoldingBackOff()
    private var due: PeriodicDue
    private var debouncer: Debouncer?
    private var level = false
    private var nextLook: BootTime?
    private var second: (start: BootTime, changes: Int) = (BootTime(nanoseconds: .min / 2), 0)
    private var owes = false
    private var lastTold = BootTime(nanoseconds: 0)
    /// Of the power failure; a line that chatters seals no more than a batch a second.
    private var lastAlarm = BootTime(nanoseconds: .min / 2)

    private(set) var pulses = PulseCount()
    /// Pulses of earlier runs; nil: not known yet, so the total is not either.
    private(set) var before: Int64?
    private(set) var correction: Int64 = 0

    init(_ input: InputConfiguration?, line: LineDescription, isPowerFail: Bool, period: SamplingPeriod) {
        self.input = input
        self.isPowerFail = isPowerFail
        due = PeriodicDue(period)
        request = LineRequest(
            line: line, use: input?.isCounter == true ? .pulses : .state, debounce: input?.debounce ?? 0)
        status = DigitalStatus(
            id: input?.id ?? "power-fail",
            kind: input == nil ? .powerFail : input?.isCounter == true ? .counter : .input,
            line: line.address.text)
    }

    var isCounter: Bool { request.use == .pulses }
    var id: String { status.id }
    /// -1: nothing to wait for.
    var descriptor: CInt { held?.descriptor ?? -1 }

    /// All pulses ever counted, without what was set by hand; nil: those of earlier runs are not known yet.
    var count: Int64? { before.map { $0 &+ pulses.pulses } }

    /// What earlier runs counted, and what a person has set. Counting goes on from it.
    func adopt(before: Int64, correction: Int64) {
        self.before = self.before ?? before
        self.correction = correction
    }

    // MARK: - A round

    /// When it wants the next round, if no edge comes.
    var deadline: BootTime? {
        let moments = [
            input == nil ? nil : due.next, held == nil ? backOff.next : nextLook, debouncer?.deadline,
            owes ? second.start + .seconds(1) : nil,
        ]
        return moments.compactMap { $0 }.min()
    }

    func round(_ round: inout LoopRound) {
        if held == nil, backOff.next.map({ $0 <= round.now }) ?? true { hold(&round) }
        if let held {
            do throws(LineFailure) {
                try follow(held, &round)
            } catch {
                lose(error, &round)
            }
        }
        if owes, round.now >= second.start + .seconds(1) { tell(at: round.now, &round) }
        if due.take(now: round.now, offset: round.offset) { report(at: round.now, &round) }
        publish()
    }

    func release() {
        held?.release()
        held = nil
    }

    private func hold(_ round: inout LoopRound) {
        do throws(LineFailure) {
            let line = try round.bank.request(request)
            level = try line.level()
            held = line
            debouncer =
                line.isDebounced || request.debounce == 0 ? nil : Debouncer(period: request.debounce, level: level)
            nextLook = line.descriptor < 0 ? round.now : nil
            pulses.restart()
            backOff.succeeded()
            if status.problem != nil { round.events.append(.found(id)) }
            status.problem = nil
            status.isPolled = line.descriptor < 0
            if !isCounter { report(at: round.now, &round) }
            if isPowerFail, level { round.events.append(.powerBadAtStart) }
        } catch {
            lose(error, &round)
        }
    }

    private func lose(_ failure: LineFailure, _ round: inout LoopRound) {
        release()
        backOff.failed(now: round.now)
        debouncer = nil
        if status.problem != failure.description { round.events.append(.lost(id, failure.description)) }
        status.problem = failure.description
        report(at: round.now, &round)
    }

    /// Edges, or looks at the level, through the debouncer where the kernel has none.
    private func follow(_ held: any HeldLine, _ round: inout LoopRound) throws(LineFailure) {
        if let nextLook, nextLook <= round.now {
            self.nextLook = round.now + Self.polling
            let level = try held.level()
            let seen = debouncer.map { $0.deadline == nil ? $0.level : !$0.level } ?? self.level
            if level != seen { take(LineEdge(time: round.now, isActive: level), &round) }
        }
        // What waits at most, 1,024 edges, so that a babbling contact does not hold the thread.
        for _ in 0..<16 {
            let edges = try held.edges()
            for edge in edges { take(edge, &round) }
            if edges.isEmpty { break }
        }
        if let time = debouncer?.tick(now: round.now) { counted(at: time, &round) }
    }

    private func take(_ edge: LineEdge, _ round: inout LoopRound) {
        if debouncer != nil {
            if let time = debouncer?.edge(to: edge.isActive, at: edge.time) { counted(at: time, &round) }
        } else if isCounter {
            if edge.isActive { pulses.count(edge.number) }
            level = edge.isActive
        } else {
            change(to: edge.isActive, at: edge.time, &round)
        }
    }

    /// The debouncer let a change count.
    private func counted(at time: BootTime, _ round: inout LoopRound) {
        let level = debouncer?.level ?? level
        if isCounter {
            if level { pulses.count(nil) }
        } else {
            change(to: level, at: time, &round)
        }
    }

    private func change(to level: Bool, at time: BootTime, _ round: inout LoopRound) {
        // Two alike in a row: the one between them was lost, so the level was the other one for a moment.
        status.edges += level == self.level ? 2 : 1
        self.level = level
        status.changed = time
        if isPowerFail, time - lastAlarm >= .seconds(1) {
            lastAlarm = time
            round.events.append(level ? .powerFails(time) : .powerIsBack(time))
        }
        if time - second.start >= .seconds(1) { second = (time, 0) }
        second.changes += 1
        if second.changes > Self.changesPerSecond { owes = true } else { tell(at: time, &round) }
    }

    // MARK: - Readings

    private func tell(at time: BootTime, _ round: inout LoopRound) {
        owes = false
        report(at: time, &round)
    }

    /// What the line is, as a reading. Times of one point never run backwards: an edge may have come, by the kernel's
    /// time, just before a reading that was made without it.
    private func report(at time: BootTime, _ round: inout LoopRound, as quality: Quality = .good) {
        guard let input else { return }
        let (known, value): (Quality, Int64?) =
            if held == nil { (.portLost, nil) } else if !isCounter { (quality, level ? 1 : 0) } else if let total {
                (quality, total)
            } else { (.notYetRead, nil) }
        lastTold = max(time, lastTold)
        round.readings.append(
            Reading(point: input.point, time: lastTold, quality: known, sample: value.map { .integer($0) }))
    }

    /// What a person reads off the counter; nil: not known yet.
    private var total: Int64? { count.map { $0 &+ correction } }

    /// The total was set by hand: the reading says so.
    func reportCorrection(_ round: inout LoopRound) {
        report(at: round.now, &round, as: .substituted)
    }

    private func publish() {
        status.value = held == nil ? nil : isCounter ? total : level ? 1 : 0
        if isCounter { status.edges = pulses.pulses }
        status.unseen = pulses.unseen
        status.correction = correction
    }
}
