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
            pending.removeAll { $0.device == request.device }
            demandsAreStale = true
            return Aftermath(change: .fellSilent(points: states[request.device].allPoints))
        case .cameBack?:
            makeAllDue(device: request.device, now: now)
            findEarliestDue()
            demandsAreStale = true
            return Aftermath(change: .cameBack)
        case nil:
            return Aftermath(retry: putBack(request, after: outcome))
        }
    }

    private mutating func book(_ request: DueRequest, outcome: RequestOutcome, busy: Nanoseconds) {
        busyTime += busy
        let device = states[request.device]
        let isWasted = outcome == .noReply || outcome == .spoiled
        if request.purpose == .probe || (isWasted && device.availability.isOnProbation) {
            probeTime += busy
            budget.spend(busy, from: device.probePurse)
        }
        let served: BusClass? =
            switch request.purpose {
            case .due: BusClass(request.priority)
            case .continuous: .continuous
            case .probe: nil
            }
        let waiting = Set(pending.map { BusClass($0.priority) })
        let hasContinuous = continuousCost() != nil
        shares.book(busy, served: served) { $0 == .continuous ? hasContinuous : waiting.contains($0) }
    }

    /// After a failure the other devices go first. Returns whether the same request is to be tried again at once:
    /// only while no other request of the device failed before, so that one that goes away costs its three tries.
    private mutating func putBack(_ request: DueRequest, after outcome: RequestOutcome) -> Bool {
        guard outcome == .noReply || outcome == .spoiled, request.purpose != .probe else { return false }
        let device = states[request.device]
        let retry = request.attempt <= device.configuration.retries && device.availability.failures <= request.attempt
        if outcome == .noReply, !retry {
            for index in pending.indices where pending[index].device == request.device {
                pending[index].isPutBack = true
            }
            leaveContinuousRound(device: request.device)
        }
        return retry
    }
}
