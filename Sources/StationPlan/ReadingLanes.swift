internal import GatewayModel

/// Which points are read at which times: those of one device and period with one time, as one request reads them.
struct ReadingLanes {
    private var lanes: [(interval: Nanoseconds, offset: Nanoseconds, points: [PointIndex])] = []

    init(_ configuration: GatewayConfiguration, _ intervals: [PointIndex: Nanoseconds]) {
        for (place, device) in configuration.devices.enumerated() {
            let read = device.points.filter { intervals[$0] != nil }
            for (interval, points) in Dictionary(grouping: read, by: { intervals[$0] ?? 1 }).sorted(by: {
                $0.key < $1.key
            }) {
                lanes.append((interval, Int64(place) * .milliseconds(37) % interval, points))
            }
        }
    }

    func due(in slot: Range<BootTime>) -> [(BootTime, PointIndex)] {
        var due: [(BootTime, PointIndex)] = []
        for lane in lanes {
            let (low, high) = (slot.lowerBound.nanoseconds, slot.upperBound.nanoseconds)
            var time = (low - lane.offset + lane.interval - 1) / lane.interval * lane.interval + lane.offset
            while time < high {
                due += lane.points.map { (BootTime(nanoseconds: time), $0) }
                time += lane.interval
            }
        }
        return due.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    }
}
