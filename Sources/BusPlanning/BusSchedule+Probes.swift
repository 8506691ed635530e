internal import GatewayModel

/// Looking whether silent devices are back, within their 2 % of bus time.
extension BusSchedule {
    /// A probe that is overdue by more is sent even if an alarm is late for it.
    static let longestProbeDelay: Nanoseconds = .seconds(2)

    /// The probe that is wanted most and can be paid for.
    mutating func dueProbe(now: BootTime) -> DueRequest? {
        budget.fill(now: now, costs: probeCosts)
        let payable = silentDevices.filter { isWanted($0, now: now) && $0.probeCost <= budget[$0.purse] }
        let first = payable.min { (nextProbe(of: $0), $0.device) < (nextProbe(of: $1), $1.device) }
        guard let silent = first, let probe = states[silent.device].probeRequest() else { return nil }
        let isOverdue = now - nextProbe(of: silent) > Self.longestProbeDelay
        guard isOverdue || isHarmless(silent.probeCost, to: .alarm, now: now) else { return nil }
        return DueRequest(
            device: silent.device, request: probe.request, purpose: .probe, priority: probe.priority, due: now,
            deadline: now, responseTimeout: silent.timeout)
    }

    private func nextProbe(of silent: SilentDevice) -> BootTime { states[silent.device].availability.nextProbe }

    private func isWanted(_ silent: SilentDevice, now: BootTime) -> Bool { nextProbe(of: silent) <= now }

    /// The earliest time at which a probe can go out; nil: nobody is silent.
    func nextProbe(now: BootTime) -> BootTime? {
        silentDevices.lazy.map { silent in
            // At the fastest a purse earns all of the share; if it does not, it is looked at again.
            let missing = max(0, silent.probeCost - budget[silent.purse])
            return max(nextProbe(of: silent), now + missing * ProbeBudget.parts, now + .milliseconds(10))
        }.min()
    }

    mutating func noteSilent(device: Int) {
        silentDevices.append(SilentDevice(device: device, state: states[device]))
        updateProbeCosts()
    }

    mutating func noteReturn(device: Int) {
        silentDevices.removeAll { $0.device == device }
        updateProbeCosts()
    }

    private mutating func updateProbeCosts() {
        probeCosts.known = silentDevices.filter { $0.purse == .known }.map(\.probeCost)
        probeCosts.never = silentDevices.filter { $0.purse == .never }.map(\.probeCost)
    }
}

/// What probing a silent device takes; nothing of it changes while the device is silent.
struct SilentDevice: Sendable {
    let device: Int
    let timeout: Nanoseconds
    /// Of a probe that is not answered.
    let probeCost: Nanoseconds
    let purse: ProbeBudget.Purse

    init(device: Int, state: ScheduledDevice) {
        self.device = device
        timeout = state.turnaround.probeTimeout(responseTimeout: state.responseTimeout)
        let line = state.planner.line
        probeCost = line.silence + state.configuration.guardTime + line.requestTime + timeout
        purse = state.availability.hasAnswered ? .known : .never
    }
}
