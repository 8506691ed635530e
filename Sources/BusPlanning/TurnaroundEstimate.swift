package import GatewayModel

/// What is known of the time that one device takes to answer: from the end of a request on the wire to the begin of
/// the answer's first character.
package struct TurnaroundEstimate: Hashable, Sendable {
    /// The mean that plans are made with; the template's figure until the device has been measured.
    package private(set) var mean: Nanoseconds
    /// The figure that the present plan was made with.
    package private(set) var planned: Nanoseconds
    package private(set) var histogram = LatencyHistogram()
    /// Answers measured since the start.
    package private(set) var samples = 0

    /// - Parameter typical: the first guess, from the template.
    package init(typical: Nanoseconds) {
        mean = max(typical, 0)
        planned = mean
    }

    /// Counts one answer. The mean follows with a weight of 1/16, faster (1/n) while there are fewer samples, so that
    /// the template's guess is gone with the first answer.
    package mutating func record(_ turnaround: Nanoseconds) {
        let turnaround = max(turnaround, 0)
        samples += 1
        mean += (turnaround - mean) / Int64(min(samples, 16))
        histogram.record(turnaround)
    }

    /// The mean has moved by more than 10 % and by more than 0.5 ms since the plan was made: make a new one.
    package var movedEnough: Bool {
        let moved = abs(mean - planned)
        return moved > .microseconds(500) && moved > planned / 10
    }

    /// The plan is now made with the present mean.
    package mutating func adopt() { planned = mean }

    package var hasAnswered: Bool { samples > 0 }
    /// nil: never measured.
    package var p50: Nanoseconds? { histogram.quantile(0.5) }
    package var p99: Nanoseconds? { histogram.quantile(0.99) }
    package var p999: Nanoseconds? { histogram.quantile(0.999) }

    /// How long a probe of this device waits: its p99.9 + 20 ms, at least 50 ms and at most `timeout`, which is also
    /// the wait for a device that has never answered.
    package func probeTimeout(responseTimeout timeout: Nanoseconds) -> Nanoseconds {
        guard let p999 else { return timeout }
        return min(timeout, max(p999 + .milliseconds(20), .milliseconds(50)))
    }
}
