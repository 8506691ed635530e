internal import BusPlanning
internal import GatewayModel

extension BusConversation {
    /// Fills in what is known of a device beside its counters.
    mutating func describe(_ device: Int, in status: inout DeviceStatus) {
        status.unsupported = refusals[device].unsupported.map { UnsupportedPoint(point: $0.point, code: $0.code) }
        let gaps = schedule.gaps(of: device)
        status.refusedGaps = RegisterTable.allCases.flatMap { table in
            gaps[table].map { RefusedGap(table: table, addresses: $0) }
        }
        guard let standing = schedule.standing(of: device) else { return }
        if standing.turnaround.hasAnswered {
            let timeout = devices[device].responseTimeout ?? bus.responseTimeout
            patience[device] = standing.turnaround.probeTimeout(responseTimeout: timeout)
        }
        status.turnaroundP50 = standing.turnaround.p50
        status.turnaroundP99 = standing.turnaround.p99
        if let since = standing.silentSince {
            status.state = .silent(since: since, probeInterval: standing.probeInterval ?? 0)
        } else {
            status.state = standing.turnaround.hasAnswered ? .ok : .notYetHeard
        }
    }
}
