internal import GatewayModel

/// The three values of an aggregate as JSON shows them. A negative scale makes the smallest raw value the largest.
package struct JSONAggregate: Hashable, Sendable {
    package let low: JSONSample
    package let mean: JSONSample
    package let high: JSONSample

    package init(_ statistics: Statistics, of point: DescribedPoint) {
        let raw = statistics.raw
        var low = raw.flatMap { point.exact.value(of: $0.low) }
        var high = raw.flatMap { point.exact.value(of: $0.high) }
        if let a = low, let b = high, b < a { swap(&low, &high) }
        self.low = JSONSample(low, of: point)
        mean = JSONSample(raw.flatMap { point.exact.value(of: $0.mean) }, of: point)
        self.high = JSONSample(high, of: point)
    }
}
