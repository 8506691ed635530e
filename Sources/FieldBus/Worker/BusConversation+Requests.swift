internal import BusPlanning
internal import GatewayModel

/// From points to requests.
extension BusConversation {
    /// Points that lie at exactly the same addresses: asked for together whatever happens.
    struct SpanGroup {
        var addresses: Range<Int>
        var points: [PointIndex]
    }

    func readRequest(_ planned: PlannedRequest, device: Int) -> ReadRequest {
        ReadRequest(
            unit: devices[device].unit, table: planned.table, address: planned.address, count: planned.count)
    }

    func timing(_ device: Int) -> DeviceTiming {
        DeviceTiming(guardTime: devices[device].guardTime, turnaround: devices[device].typicalTurnaround)
    }

    func planner(_ device: Int) -> RequestPlanner {
        RequestPlanner(
            line: lines[device], maxRegisters: devices[device].maxRegisters, maxBits: devices[device].maxBits,
            forbidden: schedule.gaps(of: device))
    }

    func spans(_ indices: [PointIndex]) -> [PointSpan] { indices.map { PointSpan(points[$0]) } }

    /// Sorted by address.
    func spanGroups(_ indices: [PointIndex]) -> [SpanGroup] {
        Dictionary(grouping: spans(indices), by: \.addresses)
            .map { SpanGroup(addresses: $0.key, points: $0.value.map(\.point).sorted()) }
            .sorted {
                ($0.addresses.lowerBound, $0.addresses.upperBound) < ($1.addresses.lowerBound, $1.addresses.upperBound)
            }
    }

    /// One request over all groups and what lies between them.
    func request(_ groups: [SpanGroup], table: RegisterTable, device: Int) -> PlannedRequest {
        let begin = groups.map(\.addresses.lowerBound).min() ?? 0
        let count = (groups.map(\.addresses.upperBound).max() ?? begin + 1) - begin
        return PlannedRequest(
            table: table, address: UInt16(truncatingIfNeeded: begin), count: count,
            points: groups.flatMap(\.points).sorted(),
            cost: lines[device].cost(table, count: count, device: timing(device)))
    }
}
