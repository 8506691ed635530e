internal import GatewayModel

/// Looking whether silent devices are back, within their 2 % of bus time.
extension BusSchedule {
    /// A probe that is overdue by more is sent even if an alarm is late for it.
    static let longestProbeDelay: Nanoseconds = .seconds(2)

    /// The probe that is wanted most and can be paid for.
    mutating func dueProbe(now: BootTime) -> DueRequest? {
        budget.fill(now: now, costs: probeCosts)
        let silent = states.indices.filter { states[$0].availability.isSilent }
        guard !silent.isEmpty else { return nil }
        let payable = silent.filter {
            states[$0].availability.nextProbe <= now && states[$0].silentProbeCost <= budget[states[$0].probePurse]
        }
        let first = payable.min {
            (states[$0].availability.nextProbe, $0) < (states[$1].availability.nextProbe, $1)
        }
        guard let device = first, let probe = states[device].probeRequest() else { return nil }
        let isOverdue = now - states[device].availability.nextProbe > Self.longestProbeDelay
        guard isOverdue || isHarmless(states[device].silentProbeCost, to: .alarm, now: now) else { return nil }
        return DueRequest(
            device: device, request: probe.request, purpose: .probe, priority: probe.priority, due: now, deadline: now,
            responseTimeout: states[device].probeTimeout)
    }

    /// What a probe of each silent device costs, by purse.
    var probeCosts: (known: [Nanoseconds], never: [Nanoseconds]) {
        var costs: (known: [Nanoseconds], never: [Nanoseconds]) = ([], [])
        for state in states where state.availability.isSilent {
            switch state.probePurse {
            case .known: costs.known.append(state.silentProbeCost)
            case .never: costs.never.append(state.silentProbeCost)
            }
        }
        return costs
    }

    /// The earliest time at which a probe can go out; nil: nobody is silent.
    func nextProbe(now: BootTime) -> BootTime? {
        states.lazy.filter(\.availability.isSilent).map { state in
            // At the fastest a purse earns all of the share; if it does not, it is looked at again.
            let missing = max(0, state.silentProbeCost - budget[state.probePurse])
            return max(state.availability.nextProbe, now + missing * ProbeBudget.parts, now + .milliseconds(10))
        }.min()
    }
}
