package import BusPlanning
package import GatewayModel

/// How long a device takes to answer, from the end of the request on the wire to the begin of the answer, over the
/// last 2,048 to 4,096 answers. Each at most 12.5 % too high (``BusPlanning/LatencyHistogram``).
package struct ResponseTimes: Hashable, Sendable {
    package var p10: Nanoseconds
    package var p50: Nanoseconds
    package var p90: Nanoseconds
    package var p99: Nanoseconds
    package var p999: Nanoseconds
    /// Since the start.
    package var longest: Nanoseconds

    /// nil: it has never answered.
    package init?(_ histogram: LatencyHistogram) {
        guard let p10 = histogram.quantile(0.1), let p50 = histogram.quantile(0.5), let p90 = histogram.quantile(0.9),
            let p99 = histogram.quantile(0.99), let p999 = histogram.quantile(0.999)
        else { return nil }
        (self.p10, self.p50, self.p90, self.p99, self.p999) = (p10, p50, p90, p99, p999)
        longest = histogram.longest
    }

    /// How far apart its answers are: nine in ten lie within.
    package var spread: Nanoseconds { p90 - p10 }
}
