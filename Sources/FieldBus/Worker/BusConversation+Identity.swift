internal import BusPlanning
internal import GatewayModel

/// Is the device at an address still the one that was there?
extension BusConversation {
    /// How long the values of a device with an identity wait for what earlier runs learnt of it.
    private static let recallTime: Nanoseconds = .seconds(2)
    static let recallPoll: Nanoseconds = .milliseconds(20)
    /// What an answer may take beyond what it usually does before a look is called no fit for a gap.
    private static let slack: Nanoseconds = .milliseconds(30)

    /// The request for a device's identity, as plans have it; nil: it has none.
    func identityRequest(_ device: Int) -> PlannedRequest? {
        guard let source = devices[device].identity else { return nil }
        switch source {
        case .register(let register), .adjusted(let register, _):
            return PlannedRequest(
                table: register.table, address: register.address, count: register.count, points: [],
                cost: lines[device].cost(register.table, count: register.count, device: timing(device)))
        case .meter(let meter):
            return PlannedRequest(
                table: .holding, address: meter.place, count: 1, points: [],
                cost: lines[device].cost(.holding, count: 1, device: timing(device)))
        case .board: return nil
        }
    }

    /// The look at the device's identity that goes before this request; nil: none.
    mutating func look(before due: DueRequest, now: BootTime) -> PlannedRequest? {
        guard due.purpose != .probe, identities[due.device] != nil, let request = identityRequest(due.device) else {
            return nil
        }
        // A meter that has to be asked twice for what it says anyway loses as much of its battery.
        let isSaid = devices[due.device].identity?.register == nil && request.address == due.request.address
        if let last = lastGood[due.device], !isSaid { identities[due.device]?.unheard(for: now - last) }
        return identities[due.device]?.precedes(now: now) == true ? request : nil
    }

    /// A meter's answer that says who it is, beside its values. True: it may be another one; what it said is not taken.
    mutating func isDoubtful(_ transaction: Transaction, to step: RequestTurn.Step, of device: Int) -> Bool {
        guard identities[device] != nil, let look = identityRequest(device), look.address == step.request.address,
            let identity = identity(in: transaction.outcome, of: device)
        else { return false }
        return read(device) { $0.read(identity, now: transaction.end) }
    }

    /// Changes what is known of a device's identity, and tells when another device answers now.
    private mutating func read(_ device: Int, _ change: (inout IdentityWatch) -> Bool) -> Bool {
        guard var watch = identities[device] else { return false }
        let wasOther = watch.isOther
        let again = change(&watch)
        identities[device] = watch
        if watch.isOther != wasOther {
            events.append(
                .identity(device: devices[device].id, expected: watch.expected ?? "", seen: watch.seen ?? ""))
        }
        return again
    }

    /// The first requests of a device with an identity wait until it is known who should be there. True: this one does.
    mutating func mustHold(_ due: DueRequest, now: BootTime) -> Bool {
        guard hasIdentities, !isRecalled, due.purpose != .probe, identities[due.device] != nil,
            now - begun < Self.recallTime
        else { return false }
        held.insert(due.device)
        return true
    }

    mutating func releaseHeld(now: BootTime) {
        guard !held.isEmpty, isRecalled || now - begun >= Self.recallTime else { return }
        for device in held.sorted() { schedule.restart(device: device, now: now) }
        held = []
    }

    /// Begins a daily look, if one is due and fits. True: there is a turn.
    mutating func lookInGap(now: BootTime, until idle: BootTime) -> Bool {
        guard hasIdentities else { return false }
        for device in identities.indices {
            guard let watch = identities[device], watch.nextLook <= now, !watch.isDue, !schedule.isSilent(device),
                let request = identityRequest(device)
            else { continue }
            let timeout = devices[device].responseTimeout ?? bus.responseTimeout
            guard request.cost + (patience[device] ?? timeout) + Self.slack < idle - now else { continue }
            let due = DueRequest(
                device: device, request: request, purpose: .due, priority: .slow, due: now, deadline: idle,
                responseTimeout: timeout)
            guard earliest(due, now: now) <= now else { continue }
            turn = RequestTurn(due, requests: [])
            turn?.isLook = true
            turn?.look(request)
            return true
        }
        return false
    }

    /// The answer to a look. Values follow in the same turn, so that nobody can be changed in between.
    mutating func looked(_ transaction: Transaction, asking: Asking?, device: Int) -> [Reading] {
        guard var turn, identities[device] != nil, let step = turn.current else { return [] }
        let now = transaction.end
        turn.finishCurrent()
        let again: Bool
        switch transaction.outcome {
        case .stopped: return []
        case .lost: return lost(now: now)
        case .values, .answer:
            noteAnswered(asking, transaction)
            let identity = identity(in: transaction.outcome, of: device)
            again = read(device) { watch in
                if let identity { return watch.read(identity, now: now) }
                watch.failed(now: now)
                return false
            }
        case .exception(let code):
            noteAnswered(asking, transaction)
            again = read(device) { watch in
                if (1...3).contains(code) { return watch.refused(now: now) }
                watch.failed(now: now)
                return false
            }
        case .noReply, .shortFrame, .checksum, .wrongAnswer:
            noteUnanswered(asking, transaction)
            identities[device]?.failed(now: now)
            again = false
        }
        // Noise teaches nothing of the device: the values have their own three tries.
        turn.turnaround = turn.turnaround ?? self.turn?.turnaround
        // What it says changes each time: that is no identity.
        if again, !turn.look(step.request) { identities[device]?.failed(now: now) }
        self.turn = turn
        if turn.isLook, turn.current == nil { self.turn = nil }
        return []
    }

    private func identity(in outcome: TransactionOutcome, of device: Int) -> String? {
        guard let source = devices[device].identity else { return nil }
        switch outcome {
        case .values(let data):
            guard let register = source.register else { return nil }
            return RegisterDecoder(table: register.table, address: register.address, data: data)
                .sample(register)?.identity
        case .answer(let answer): return answer.value(of: source).1?.identity
        default: return nil
        }
    }

    /// A serial port was lost and opened again within one request, which is then repeated: whoever is behind it may be
    /// another.
    mutating func linkRenewed(now: BootTime) {
        for device in identities.indices { identities[device]?.deviceReturned() }
        if let turn, !turn.isLook, turn.current?.isLook == false, let look = look(before: turn.due, now: now) {
            self.turn?.look(look)
        }
    }

    /// A person says that the meters that answer now are the right ones; what was learnt of the old ones is forgotten.
    ///
    /// - Parameter ids: of devices; others are passed over.
    package mutating func accept(_ ids: Set<String>) {
        for index in devices.indices where ids.contains(devices[index].id) {
            guard identities[index]?.accept() == true else { continue }
            forgetRefusals(index)
        }
    }
}
