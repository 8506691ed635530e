package import GatewayModel

/// Gathers a quarter of an hour of all points for the local history: 32 bytes a point. Pure.
///
/// Quarters begin at full quarters of an hour UTC. Before the clock is known they are a quarter of an hour of BOOTTIME;
/// one that ends before the clock is known is given up.
package struct QuarterHour: Sendable {
    package static let length: Int64 = 900_000

    /// One quarter, closed.
    package struct Closed: Sendable {
        /// Quarters since 1970-01-01T00:00Z.
        package var number: Int64
        /// `HistoryRecord`.
        package var record: [UInt8]

        package init(number: Int64, record: [UInt8]) {
            self.number = number
            self.record = record
        }
    }

    private var statistics: [Statistics]
    private let unsigned: Set<PointIndex>
    private var isEmpty = true
    /// In ms of BOOTTIME: when the quarter began, or its first reading was made.
    private var start: Int64 = 0
    /// UTC - BOOTTIME, ms.
    private var offset: Int64?

    /// - Parameter points: by index.
    package init(points: [PointDefinition]) {
        statistics = Array(repeating: Statistics(), count: points.count)
        unsigned = Set(
            points.filter { $0.source.type == .uint64 && DescribedPoint.usableResolution(of: $0) == nil }
                .map(\.index))
    }

    /// The clock is known, or known better.
    package mutating func use(_ anchor: WallAnchor) { offset = anchor.offsetMilliseconds }

    /// Takes a conditioned reading, whether it is sent or not; what closed before it, if anything did.
    package mutating func add(_ reading: Reading, quality: Quality, sample: Sample?) -> Closed? {
        guard quality.carriesValue, let sample, statistics.indices.contains(reading.point) else { return nil }
        let closed = tick(reading.time)
        if isEmpty {
            start = reading.time.milliseconds
            isEmpty = false
        }
        statistics[reading.point].add(sample, unsigned64: unsigned.contains(reading.point))
        return closed
    }

    /// Closes what is over.
    package mutating func tick(_ now: BootTime) -> Closed? {
        guard !isEmpty, number(of: now.milliseconds) > number(of: start) else { return nil }
        return close()
    }

    /// Closes what there is, over or not: at the end of the run.
    package mutating func close() -> Closed? {
        guard !isEmpty else { return nil }
        let closed = offset.map { _ in
            Closed(
                number: number(of: start),
                record: HistoryRecord.encode(
                    statistics.enumerated().filter { !$1.isEmpty }.map { ($0, $1) }))
        }
        for point in statistics.indices { statistics[point] = Statistics() }
        isEmpty = true
        return closed
    }

    private func number(of milliseconds: Int64) -> Int64 {
        AggregateBlock.span(of: milliseconds, width: Self.length, offset: offset ?? 0)
    }
}
