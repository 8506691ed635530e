internal import BusPlanning
package import GatewayModel

/// What an answer, or the lack of one, means.
extension BusConversation {
    /// Reports the transaction that `next` asked for.
    ///
    /// - Parameter busy: how long it kept the bus.
    /// - Returns: readings of the points that were asked for, all of the time of the answer's last byte.
    package mutating func heard(_ transaction: Transaction, asking: Asking, busy: Nanoseconds) -> [Reading] {
        heard(transaction, device: asking.device, asking: asking, busy: busy)
    }

    /// The same for a meter without registers. Its answers say what they are of, so none can be mistaken.
    package mutating func heard(_ transaction: Transaction, inquiry: Inquiry, busy: Nanoseconds) -> [Reading] {
        switch transaction.outcome {
        case .answer: orders[inquiry.device].answered()
        case .noReply, .exception, .wrongAnswer: orders[inquiry.device].failed()
        default: break
        }
        return heard(transaction, device: inquiry.device, asking: nil, busy: busy)
    }

    private mutating func heard(
        _ transaction: Transaction, device: Int, asking: Asking?, busy: Nanoseconds
    ) -> [Reading] {
        let now = transaction.end
        noteStrays(transaction.strays)
        health.line.note(transaction.overheard) { deviceOfUnit[$0] != nil }
        guard var turn, let step = turn.current else { return [] }
        if transaction.sent != nil, transaction.outcome != .stopped {
            counters[device].requests += 1
            counters[device].count(transaction.outcome, strays: transaction.strays, asked: asking?.request)
            health.note(
                transaction, of: device, isLong: isLong(asking), busy: busy,
                useful: useful(device, asking?.request, transaction.outcome), isProbe: turn.due.purpose == .probe)
            health.asked(device, asking?.request)
        }
        turn.busy += busy
        self.turn = turn
        if step.isLook { return looked(transaction, asking: asking, device: device) }
        switch transaction.outcome {
        case .values(let data):
            noteAnswered(asking, transaction)
            lastGood[device] = now
            let decoder = RegisterDecoder(table: step.request.table, address: step.request.address, data: data)
            return answered(step, now: now) { point in
                let sample = decoder.sample(of: point)
                return (sample == nil ? .noValue : .good, sample)
            }
        case .answer(let answer):
            noteAnswered(nil, transaction)
            lastGood[device] = now
            if isDoubtful(transaction, to: step, of: device) {
                // It is asked the same once more.
                if let look = identityRequest(device), self.turn?.look(look) == true { return [] }
                return answered(step, now: now) { _ in (.wrongAnswer, nil) }
            }
            return answered(step, now: now) { answer.value(of: $0.source) }
        case .exception(let code) where code == 0x0B:
            noteAnswered(asking, transaction)
            return failed(.noReply, as: .noReply, now: now)
        case .exception(let code):
            noteAnswered(asking, transaction)
            return refused(step, code: code, now: now)
        case .noReply: return unanswered(.noReply, as: .noReply, asking, transaction)
        case .shortFrame: return unanswered(.noReply, as: .spoiled, asking, transaction)
        case .checksum: return unanswered(.checksum, as: .spoiled, asking, transaction)
        case .wrongAnswer: return unanswered(.wrongAnswer, as: .spoiled, asking, transaction)
        case .stopped: return []
        case .lost: return lost(now: now)
        }
    }

    /// The port is gone: every point is, once; nothing is asked until `reopened`.
    package mutating func lost(now: BootTime) -> [Reading] {
        if let turn, !turn.isLook {
            _ = schedule.finished(turn.due, outcome: .notSent, busy: turn.busy, now: now)
        }
        turn = nil
        deferred = []
        let unsupported = Set(refusals.flatMap { $0.unsupported.map(\.point) })
        return devices.flatMap(\.points).filter { !unsupported.contains($0) }.map { failure($0, .portLost, now) }
    }

    /// The port is back: every point is due at once.
    package mutating func reopened(now: BootTime) {
        for device in late.indices {
            late[device].forget()
            identities[device]?.deviceReturned()
        }
        hasHadTurn = Array(repeating: false, count: points.count)
        schedule.portReturned(now: now)
    }

    // MARK: - Answers

    private mutating func answered(
        _ step: RequestTurn.Step, now: BootTime, value: (PointDefinition) -> (Quality, Sample?)
    ) -> [Reading] {
        guard var turn else { return [] }
        let device = turn.due.device
        if let lesson = turn.lesson(of: step, wasRefused: false) { learn(lesson, device: device) }
        turn.finishCurrent()
        let line = lines[device]
        turn.halfAnswered(step) { line.cost($0, count: $1, device: timing(device)) }
        self.turn = turn
        let wanted = step.request.points
        refusals[device].answered(step.request.count, in: step.request.table)
        for point in wanted { refusals[device].answered(point) }
        let isDelivered = turn.due.purpose != .probe
        finishTurnIfDone(now: now)
        guard isDelivered else { return [] }
        identities[device]?.deviceAnswered()
        for point in wanted { hasHadTurn[point] = true }
        if let watch = identities[device], watch.withholds {
            // Another's values under this device's name would be worse than none.
            return watch.isOther ? wanted.map { failure($0, .wrongAnswer, now) } : []
        }
        return wanted.map { point in
            let (quality, sample) = value(points[point])
            return Reading(point: point, time: now, quality: quality, sample: sample)
        }
    }

    /// An exception: the device is well, but not with this request.
    private mutating func refused(_ step: RequestTurn.Step, code: UInt8, now: BootTime) -> [Reading] {
        guard var turn else { return [] }
        let device = turn.due.device
        if let lesson = turn.lesson(of: step, wasRefused: true), (1...3).contains(code) {
            learn(lesson, device: device)
        }
        turn.finishCurrent()
        let isDelivered = turn.due.purpose != .probe
        let groups = spanGroups(step.request.points)
        let mayBeSplit = isDelivered && (1...3).contains(code) && groups.count > 1
        if mayBeSplit, halve(step, groups: groups, turn: &turn) {
            self.turn = turn
            return []
        }
        self.turn = turn
        if isDelivered, (1...3).contains(code), groups.count == 1 {
            for point in step.request.points { noteRefused(point, code: code, device: device, now: now) }
        }
        finishTurnIfDone(now: now)
        return isDelivered ? step.request.points.map { failure($0, .exception, now) } : []
    }

    /// The request is asked again in two halves, to find out what of it the device refuses.
    private mutating func halve(_ step: RequestTurn.Step, groups: [SpanGroup], turn: inout RequestTurn) -> Bool {
        let middle = groups.count / 2
        let device = turn.due.device
        let left = request(Array(groups[..<middle]), table: step.request.table, device: device)
        let right = request(Array(groups[middle...]), table: step.request.table, device: device)
        let joint = RequestTurn.Joint(
            table: step.request.table, count: step.request.count, left: groups[middle - 1].addresses,
            right: groups[middle].addresses)
        return turn.split(step, left: left, right: right, joint: joint)
    }

    private mutating func noteRefused(_ point: PointIndex, code: UInt8, device: Int, now: BootTime) {
        guard refusals[device].refused(point, code: code, now: now) else { return }
        schedule.exclude(point)
        events.append(.pointUnsupported(point, code: code))
    }

    private mutating func learn(_ lesson: RequestTurn.Lesson, device: Int) {
        switch lesson {
        case .gap(let gap, let table): schedule.forbid(gap, in: table, device: device)
        case .boundary(let address, let table): refusals[device].learnBoundary(address, in: table)
        case .length(let count, let table): refusals[device].refusedLength(count, in: table)
        }
        events.append(.learnt(device: devices[device].id, lesson))
    }

    private mutating func finishTurnIfDone(now: BootTime) {
        guard let turn, turn.current == nil else { return }
        self.turn = nil
        let outcome = RequestOutcome.answered(turnaround: turn.turnaround ?? devices[turn.due.device].typicalTurnaround)
        let aftermath = schedule.finished(turn.due, outcome: outcome, busy: turn.busy, now: now)
        guard aftermath.change == .cameBack else { return }
        for point in devices[turn.due.device].points { hasHadTurn[point] = false }
        identities[turn.due.device]?.deviceReturned()
        events.append(.deviceBack(device: devices[turn.due.device].id))
    }

    // MARK: - Failures

    private mutating func unanswered(
        _ quality: Quality, as outcome: RequestOutcome, _ asking: Asking?, _ transaction: Transaction
    ) -> [Reading] {
        noteUnanswered(asking, transaction)
        // It may be off for as long as it takes to change it.
        if transaction.outcome == .noReply, let device = turn?.due.device { identities[device]?.deviceReturned() }
        return failed(quality, as: outcome, now: transaction.end)
    }

    /// No usable answer: the rest of the turn fails with it, unless the same is to be tried again.
    private mutating func failed(_ quality: Quality, as outcome: RequestOutcome, now: BootTime) -> [Reading] {
        guard var turn else { return [] }
        let device = turn.due.device
        let aftermath = schedule.finished(turn.due, outcome: outcome, busy: turn.busy, now: now)
        if aftermath.retry {
            turn.due.attempt += 1
            counters[device].retries += 1
            turn.busy = 0
            self.turn = turn
            return []
        }
        self.turn = nil
        var affected = turn.due.purpose == .probe ? [] : turn.waitingPoints
        if case .fellSilent(let all)? = aftermath.change {
            events.append(.deviceSilent(device: devices[device].id, quality))
            deferred.removeAll { $0.device == device }
            let unsupported = Set(refusals[device].unsupported.map(\.point))
            affected = Set(affected).union(all).subtracting(unsupported).sorted()
        }
        return affected.map { failure($0, quality, now) }
    }

    func failure(_ point: PointIndex, _ quality: Quality, _ now: BootTime) -> Reading {
        Reading(point: point, time: now, quality: quality, sample: nil)
    }

    // MARK: - Late answers

    mutating func noteUnanswered(_ asking: Asking?, _ transaction: Transaction) {
        guard answersAreAlike, let asking else { return }
        let until = plausibleUntil(asking, transaction)
        if transaction.answerMayCome {
            late[asking.device].expect(asking.request, until: until)
        } else if transaction.sent != nil {
            late[asking.device].spoiled(asking.request, until: until)
        }
    }

    mutating func noteAnswered(_ asking: Asking?, _ transaction: Transaction) {
        if let turnaround = transaction.turnaround, turn?.turnaround == nil { turn?.turnaround = turnaround }
        guard answersAreAlike, let asking else { return }
        late[asking.device].answered(asking.request, until: plausibleUntil(asking, transaction))
    }

    /// Until when an answer to this request may come.
    private func plausibleUntil(_ asking: Asking, _ transaction: Transaction) -> BootTime {
        let limit = LateAnswers.limit(timeout: asking.timeout)
        return (transaction.sent ?? transaction.end) + lines[asking.device].requestTime + limit
    }

    /// What the characters of a request and its answer take on the wire.
    private func useful(_ device: Int, _ request: ReadRequest?, _ outcome: TransactionOutcome) -> Nanoseconds {
        let line = lines[device]
        let overhead = line.requestTime + line.time(characters: line.answerOverhead)
        return switch outcome {
        case .values(let data): overhead + line.time(characters: data.count)
        case .answer(let answer): line.requestTime + line.time(characters: answer.characters)
        case .exception: overhead
        default: 0
        }
    }

    /// A telegram of a meter is long, whatever was asked.
    private func isLong(_ asking: Asking?) -> Bool {
        asking.map { $0.request.rtuAnswerBytes > DeviceTally.shortAnswer } ?? true
    }
}
