internal import GatewayModel

/// How a point is read.
struct Cadence: Hashable, Sendable {
    /// Mean time between two readings.
    var interval: Nanoseconds
    /// Points with the same one and the same interval are read by one request, and so at one time.
    var request: PointIndex
}

/// Which points are read at which times.
struct ReadingLanes {
    private struct Lane {
        var cadence: Cadence
        var points: [PointIndex]
        /// Of a request among those that are due at the same time.
        var offset: Nanoseconds
    }

    private var lanes: [Lane] = []
    private var random: UInt64 = 1
    /// What a line and a device come late or early by.
    private static let jitter: Int64 = .milliseconds(4)

    init(_ cadences: [PointIndex: Cadence]) {
        let groups = Dictionary(grouping: cadences.keys.sorted()) { cadences[$0] ?? Cadence(interval: 1, request: $0) }
        for (cadence, points) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
            let offset = Int64(lanes.count) * .milliseconds(37) % cadence.interval
            lanes.append(Lane(cadence: cadence, points: points, offset: offset))
        }
    }

    /// In the order of time.
    mutating func due(in slot: Range<BootTime>) -> [(BootTime, PointIndex)] {
        var due: [(BootTime, PointIndex)] = []
        for lane in lanes {
            let (low, high) = (slot.lowerBound.nanoseconds, slot.upperBound.nanoseconds)
            let interval = lane.cadence.interval
            var time = (low - lane.offset + interval - 1) / interval * interval + lane.offset
            while time < high {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let late = BootTime(nanoseconds: time + Int64(random >> 33) % min(Self.jitter, interval))
                due += lane.points.map { (late, $0) }
                time += interval
            }
        }
        return due.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
    }
}
