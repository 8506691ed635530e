import Synchronization

/// What a bus has seen since the start or the last reset.
struct LineStatistics: Sendable {
    var since: Nanoseconds
    var requests = 0
    var answered = 0
    var exceptions = 0
    var values = 0
    /// Came too soon after the frame before it.
    var ignored = 0
    /// Hit by noise or by another frame.
    var spoiled = 0
    /// Wrong length or CRC.
    var malformed = 0
    /// For a device that is dead or does not exist.
    var unanswered = 0
    /// Answers with a fault on purpose.
    var faults = 0
    /// From the end of an answer + 3.5 characters to the first byte of the next request.
    var gaps = Histogram()
    /// How far behind its plan the simulator ended its answers.
    var lateness = Histogram()
    /// How long the simulator takes to wake up: about that much of every gap is its own.
    var wakes = Histogram()
    /// Characters of good requests and their answers.
    var usefulTime: Nanoseconds = 0
    var firstRequest: Nanoseconds?
    var lastAnswer: Nanoseconds = 0
}

/// The statistics of one bus, counted by its thread and read by the program's.
final class LineMeter: Sendable {
    let bus: String
    private let statistics: Mutex<LineStatistics>

    init(bus: String) {
        self.bus = bus
        statistics = Mutex(LineStatistics(since: Clock.monotonic()))
    }

    func count(_ change: (inout LineStatistics) -> Void) { statistics.withLock { change(&$0) } }
    func reset() { statistics.withLock { $0 = LineStatistics(since: Clock.monotonic()) } }

    /// One JSON object.
    func summary() -> String {
        let s = statistics.withLock { $0 }
        let elapsed = max(1, Clock.monotonic() - s.since)
        let polled = max(1, s.lastAnswer - (s.firstRequest ?? s.lastAnswer))
        return """
            {"bus":"\(bus)","seconds":\(Self.rounded(elapsed.seconds)),"requests":\(s.requests),\
            "answered":\(s.answered),"exceptions":\(s.exceptions),"values":\(s.values),"ignored":\(s.ignored),\
            "spoiled":\(s.spoiled),"malformed":\(s.malformed),"unanswered":\(s.unanswered),"faults":\(s.faults),\
            "polled_seconds":\(Self.rounded(polled.seconds)),\
            "values_per_second":\(Self.rounded(Double(s.values) / polled.seconds)),\
            "useful":\(Self.rounded(min(1, Double(s.usefulTime) / Double(polled)))),\
            "gap_ms":\(Self.percentiles(s.gaps)),"lateness_ms":\(Self.percentiles(s.lateness)),\
            "wake_ms":\(Self.percentiles(s.wakes))}
            """
    }

    private static func percentiles(_ histogram: Histogram) -> String {
        let figures = [
            ("min", histogram.least), ("median", histogram.percentile(0.5)), ("p95", histogram.percentile(0.95)),
            ("p99", histogram.percentile(0.99)), ("max", histogram.largest),
        ]
        let text = figures.map { "\"\($0)\":\(rounded($1.milliseconds))" }.joined(separator: ",")
        return "{\"count\":\(histogram.count),\(text)}"
    }

    /// Four decimals at most.
    private static func rounded(_ value: Double) -> Double { (value * 10_000).rounded() / 10_000 }
}
