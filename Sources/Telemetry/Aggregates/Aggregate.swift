package import GatewayModel

/// What is left of a point's readings in one span of a thinned batch.
package struct Aggregate: Hashable, Sendable {
    package var point: PointIndex
    /// Where the span begins, in whole milliseconds; it is as long as its block's `width`.
    package var from: BootTime
    package var statistics: Statistics

    package init(point: PointIndex, from: BootTime, statistics: Statistics) {
        self.point = point
        self.from = from
        self.statistics = statistics
    }
}

/// The aggregates of one batch: all of the same width, their spans beginning on multiples of it from `origin`.
package struct AggregateBlock: Hashable, Sendable {
    /// ms, 1 ... 31 days.
    package var width: Int64
    /// A beginning of a span, at or before all others; BOOTTIME in ms. May be before the boot, as spans are aligned to
    /// UTC where it is known.
    package var origin: Int64
    /// Ordered by point, then by time.
    package var items: [Aggregate]

    package init(width: Int64, origin: Int64, items: [Aggregate]) {
        self.width = width
        self.origin = origin
        self.items = items
    }

    package static let widths: ClosedRange<Int64> = 1...(31 * 86_400_000)
    /// Spans of a batch lie below this number, counted from the origin.
    static let maximumSpans = 1 << 20

    /// Number of the span that holds a moment of BOOTTIME in ms, when spans begin at multiples of `width` on a clock
    /// that is `offset` ms ahead of BOOTTIME.
    package static func span(of time: Int64, width: Int64, offset: Int64) -> Int64 {
        let (quotient, remainder) = (time + offset).quotientAndRemainder(dividingBy: width)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension WallAnchor {
    /// UTC = BOOTTIME + this, both in ms rounded down.
    package var offsetMilliseconds: Int64 { (realTime - bootTime.nanoseconds).flooredMilliseconds }
}
