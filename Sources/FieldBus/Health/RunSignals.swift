package import GatewayModel
internal import Synchronization

/// Which pumps and valves of the station run, as far as its state points tell: shared by all buses, so that noise on
/// one line can be laid at the door of a drive that hangs on another. Any thread.
///
/// Bound: the first 32 points of kind `state` or type `bool` or `bit` of the config.
package final class RunSignals: Sendable {
    package static let most = 32

    /// The points watched, by index.
    package let points: [PointIndex]
    private let watched: Set<PointIndex>
    private let states: Mutex<[PointIndex: Bool]>

    package init(_ all: [PointDefinition]) {
        points = Array(
            all.filter { $0.kind == .state || $0.source.type == .bool || $0.source.type == .bit }
                .prefix(Self.most).map(\.index))
        watched = Set(points)
        states = Mutex([:])
    }

    /// Takes what a bus has read; nonzero is "on". Without a good value the last one stays.
    package func note(_ readings: [Reading]) {
        guard !points.isEmpty else { return }
        for reading in readings where watched.contains(reading.point) {
            guard reading.quality == .good, case .integer(let value)? = reading.sample else { continue }
            states.withLock { $0[reading.point] = value != 0 }
        }
    }

    /// What is known now.
    package var now: [PointIndex: Bool] { points.isEmpty ? [:] : states.withLock { $0 } }
}
