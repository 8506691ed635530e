package import GatewayModel
internal import Synchronization

/// The bounded way from the bus threads to the pipeline: never waits, never throws; when full, the oldest readings go
/// and the span that was lost is remembered for a gap.
package final class ReadingRing: ReadingSink {
    /// The default bound: 16,384 readings, about 0.8 MB when full.
    package static let defaultCapacity = 16_384

    /// What was lost of one point because nobody took it in time.
    package struct Overrun: Hashable, Sendable {
        package var first: BootTime
        package var last: BootTime

        package init(first: BootTime, last: BootTime) {
            self.first = first
            self.last = last
        }
    }

    package struct Contents: Sendable {
        package var readings: [Reading]
        package var overruns: [PointIndex: Overrun]
    }

    private struct State {
        var readings: [Reading] = []
        /// Readings before it are lost already.
        var head = 0
        var overruns: [PointIndex: Overrun] = [:]
        var lost: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int = ReadingRing.defaultCapacity) { self.capacity = max(capacity, 1) }

    package func accept(_ readings: [Reading]) {
        state.withLock { state in
            state.readings += readings
            while state.readings.count - state.head > capacity {
                let oldest = state.readings[state.head]
                state.head += 1
                state.lost += 1
                let from = state.overruns[oldest.point]?.first ?? oldest.time
                state.overruns[oldest.point] = Overrun(first: from, last: oldest.time)
            }
            // Moves the rest down once a whole ring has been lost: amortised one copy per reading.
            if state.head >= capacity {
                state.readings.removeFirst(state.head)
                state.head = 0
            }
        }
    }

    /// Takes everything that waits, oldest first.
    package func take() -> Contents {
        state.withLock { state in
            let contents = Contents(readings: Array(state.readings[state.head...]), overruns: state.overruns)
            state.readings.removeAll(keepingCapacity: state.readings.count <= 1_024)
            state.head = 0
            state.overruns = [:]
            return contents
        }
    }

    /// For status: readings that wait, and readings lost since the start.
    package var fill: (waiting: Int, capacity: Int, lost: UInt64) {
        state.withLock { ($0.readings.count - $0.head, capacity, $0.lost) }
    }
}
