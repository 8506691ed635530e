package import GatewayModel

/// What a transaction taught.
extension BusSchedule {
    /// Reports a transaction that `next` asked for, each attempt of it.
    ///
    /// - Parameter busy: how long it kept the bus, silences and the waiting after an error included.
    package mutating func finished(
        _ request: DueRequest, outcome: RequestOutcome, busy: Nanoseconds, now: BootTime
    ) -> Aftermath {
        guard states.indices.contains(request.device) else { return Aftermath() }
        let busy = max(busy, 0)
        book(request, outcome: outcome, busy: busy)
        let change = states[request.device].availability.record(outcome, now: now)
        if case .answered(let turnaround) = outcome, states[request.device].recordTurnaround(turnaround) {
            demandsAreStale = true
        }
        switch change {
        case .fellSilent?:
            forgetAll(device: request.device)
            noteSilent(device: request.device)
            demandsAreStale = true
            return Aftermath(change: .fellSilent(points: states[request.device].allPoints))
        case .cameBack?:
            noteReturn(device: request.device)
            makeAllDue(device: request.device, now: now)
            findEarliestDue()
            demandsAreStale = true
            return Aftermath(change: .cameBack)
        case nil:
            return Aftermath(retry: putBack(request, after: outcome, now: now))
        }
    }

    private mutating func book(_ request: DueRequest, outcome: RequestOutcome, busy: Nanoseconds) {
        busyTime += busy
        let isWasted = outcome == .noReply || outcome == .spoiled
        if request.purpose == .probe || (isWasted && states[request.device].availability.isOnProbation) {
            probeTime += busy
            budget.spend(busy, from: states[request.device].availability.hasAnswered ? .known : .never)
        }
        let served: BusClass? =
            switch request.purpose {
            case .due: BusClass(request.priority)
            case .continuous: .continuous
            case .probe: nil
            }
        let hasContinuous = continuousCost() != nil
        shares.book(busy, served: served) { busClass in
            busClass.priority.map { pending.has($0) } ?? hasContinuous
        }
    }

    /// After a failure the other devices go first. Returns whether the same request is to be tried again at once:
    /// only while no other request of the device failed before, so that one that goes away costs its three tries.
    private mutating func putBack(_ request: DueRequest, after outcome: RequestOutcome, now: BootTime) -> Bool {
        guard outcome == .noReply || outcome == .spoiled, request.purpose != .probe else { return false }
        let failures = states[request.device].availability.failures
        let retry = request.attempt <= devices[request.device].retries && failures <= request.attempt
        if !retry, request.purpose == .due { tryLater(request, now: now) }
        if outcome == .noReply, !retry {
            for var other in pending.remove(device: request.device) {
                other.isPutBack = true
                pending.insert(other)
            }
            leaveContinuousRound(device: request.device)
        }
        return retry
    }
}
