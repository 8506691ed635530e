package import GatewayModel

/// What one bus will do, when every device answers.
package struct BusPlan: Hashable, Sendable {
    package struct Device: Hashable, Sendable {
        package var id: String
        package var points: Int
        /// Requests of one pass over all its points.
        package var requests: Int
        /// Time of that pass.
        package var cycle: Nanoseconds
        /// What the pass was planned with.
        package var turnaround: Nanoseconds
        /// Share of the bus's time that it takes, 0...1.
        package var load: Double
    }

    package var id: String
    package var connection: BusConnection
    /// Another master asks here; nothing can be planned and all figures are 0.
    package var isListenOnly: Bool
    package var points: Int
    /// Requests of one pass over all points, and its time.
    package var requests: Int
    package var cycle: Nanoseconds
    /// Share of the time that periodic points ask for, by class; more than 1 in sum: overload.
    package var load: [PointPriority: Double]
    /// In which all `continuous` points are read once; nil: there are none, or no time is left for them.
    package var continuousCycle: Nanoseconds?
    /// Share of the time in which the line was taken in the rehearsal, `continuous` points included, 0...1.
    package var taken: Double
    /// Requests per second, in the rehearsal.
    package var requestsPerSecond: Double
    /// Readings per second.
    package var readingsPerSecond: Double
    /// Requests that lost their turn, of all that fell due, 0...1.
    package var dropped: Double
    /// The point that waited longest between two readings, beside what its period allows; nil: no points.
    package var slowest: Slowest?
    package var devices: [Device]

    package struct Slowest: Hashable, Sendable {
        package var point: PointIndex
        /// The longest time between two of its readings.
        package var interval: Nanoseconds
        /// nil: `continuous`.
        package var period: Nanoseconds?
    }

    package var totalLoad: Double { load.values.reduce(0, +) }
}
