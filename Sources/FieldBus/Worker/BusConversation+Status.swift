internal import BusPlanning
package import GatewayModel

extension BusConversation {
    /// Fills in what is known of a device beside its counters.
    mutating func describe(_ device: Int, in status: inout DeviceStatus) {
        status.unsupported = refusals[device].unsupported.map { UnsupportedPoint(point: $0.point, code: $0.code) }
        status.hasAnsweredBefore = health.answeredBefore[device]
        status.identity = identities[device]?.seen
        status.expectedIdentity = identities[device]?.expected
        let gaps = schedule.gaps(of: device)
        status.refusedGaps = RegisterTable.allCases.flatMap { table in
            gaps[table].map { RefusedGap(table: table, addresses: $0) }
        }
        guard let standing = schedule.standing(of: device) else { return }
        if standing.turnaround.hasAnswered {
            let timeout = devices[device].responseTimeout ?? bus.responseTimeout
            patience[device] = standing.turnaround.probeTimeout(responseTimeout: timeout)
        }
        status.times = ResponseTimes(standing.turnaround.histogram)
        status.lineTime = health.times[device]
        status.configuredTimeout = devices[device].responseTimeout ?? bus.responseTimeout
        status.timeout = health.adapted[device].value(configured: status.configuredTimeout)
        if let since = standing.silentSince {
            status.state = .silent(since: since, probeInterval: standing.probeInterval ?? 0)
        } else {
            status.state = standing.turnaround.hasAnswered ? .ok : .notYetHeard
        }
    }

    /// Takes in what an earlier run learnt, by device id. What falls due from now on is planned with it; of devices that
    /// have not been asked yet, everything.
    package mutating func adopt(_ learnt: [String: LearntDevice], now: BootTime) {
        isRecalled = true
        for index in devices.indices {
            guard let known = learnt[devices[index].id], known.fits(devices[index]) else { continue }
            health.answeredBefore[index] = known.hasAnswered
            if let identity = known.identity { identities[index]?.recall(identity) }
            for gap in known.gaps { schedule.forbid(gap.addresses, in: gap.table, device: index) }
            if !known.gaps.isEmpty, counters[index].requests == 0, turn?.due.device != index {
                schedule.restart(device: index, now: now)
            }
        }
    }

    /// Devices that are silent and have never answered, in this run or an earlier one. None while a late answer may come:
    /// a question at other settings would spoil it, and it is what tells a slow device from a dead one.
    func missing(now: BootTime) -> [Int] {
        if late.contains(where: { $0.mayHear(at: now) }) { return [] }
        return devices.indices.filter {
            schedule.isSilent($0) && counters[$0].replies == 0 && !health.answeredBefore[$0]
        }
    }

    /// What the verdicts are made of.
    mutating func busCase(now: BootTime, search: MissingSearch? = nil) -> BusCase {
        var format: SerialFormat?
        if case .serial(_, let settings) = bus.connection { format = settings }
        let cases = devices.indices.map { index in
            let device = devices[index]
            let configured = device.responseTimeout ?? bus.responseTimeout
            var one = BusCase.Device(id: device.id, unit: device.unit, timeout: configured)
            one.address = device.address.text
            one.isModbus = device.address.isModbus
            one.tally = health.tallies[index]
            one.isSilent = schedule.isSilent(index)
            let standing = schedule.standing(of: index)
            one.hasEverAnswered = standing?.turnaround.hasAnswered == true || health.answeredBefore[index]
            if counters[index].replies == 0 {
                one.foundAt = search?.findings[index]
                one.tries = search?.tries(of: index) ?? 0
            }
            if let watch = identities[index], watch.isOther { one.other = (watch.expected ?? "", watch.seen ?? "") }
            one.times = standing.flatMap { ResponseTimes($0.turnaround.histogram) }
            return one
        }
        var result = BusCase(format: format, devices: cases, now: now)
        result.line = health.line
        for stranger in search?.strangers ?? [] { result.line.unknownUnits[stranger, default: 0] += 2 }
        result.signal = health.signals.culprit.map { point, row in
            BusCase.Signal(name: "\(points[point].device).\(points[point].id)", row: row)
        }
        return result
    }
}
