internal import GatewayModel
internal import Telemetry

/// That numbers follow time: on each bus, what a batch brings was read later than all that batches with lower numbers
/// brought. Batches come in any order; neighbours are compared once both are there.
struct BatchOrder {
    /// What one batch spans on each bus: boot number and milliseconds.
    private struct Span {
        var sequence: UInt64
        var first: [Moment?]
        var last: [Moment?]
    }

    private struct Moment: Comparable {
        var boot: Int
        var milliseconds: Int64
        static func < (a: Self, b: Self) -> Bool { (a.boot, a.milliseconds) < (b.boot, b.milliseconds) }
    }

    /// Spans that wait for their neighbours; beyond, the lowest are merged over the hole (an evicted batch).
    private static let mostWaiting = 2_000

    private var spans: [Epoch: [Span]] = [:]

    mutating func note(
        _ key: BatchKey, boot: Int, content: BatchContent, busOf: [Int], complain: (String) -> Void
    ) {
        var span = Span(sequence: key.sequence, first: [nil, nil], last: [nil, nil])
        var lastOfPoint: [Int: Int64] = [:]
        for reading in content.readings {
            let moment = Moment(boot: boot, milliseconds: reading.time.milliseconds)
            let bus = busOf[reading.point]
            span.first[bus] = min(span.first[bus] ?? moment, moment)
            span.last[bus] = max(span.last[bus] ?? moment, moment)
            if let before = lastOfPoint[reading.point], before >= moment.milliseconds, reading.quality == .good {
                complain("batch \(key.sequence): point \(reading.point) goes back in time")
            }
            lastOfPoint[reading.point] = moment.milliseconds
        }
        insert(span, of: key.epoch, complain)
    }

    private mutating func insert(_ span: Span, of epoch: Epoch, _ complain: (String) -> Void) {
        var list = spans.removeValue(forKey: epoch) ?? []
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle].sequence < span.sequence { low = middle + 1 } else { high = middle }
        }
        if low > 0 { compare(list[low - 1], span, complain) }
        if low < list.count { compare(span, list[low], complain) }
        list.insert(span, at: low)
        merge(&list)
        spans[epoch] = list
    }

    private func compare(_ earlier: Span, _ later: Span, _ complain: (String) -> Void) {
        for (last, first) in zip(earlier.last, later.first) {
            guard let last, let first, first < last else { continue }
            complain(
                "batch \(later.sequence) begins at \(first.milliseconds) ms of boot \(first.boot), before"
                    + " \(earlier.sequence) ends (\(last.milliseconds) ms of boot \(last.boot))")
        }
    }

    /// Neighbours that have been compared count as one.
    private func merge(_ list: inout [Span]) {
        while list.count > 1,
            list[0].sequence + 1 == list[1].sequence || list.count > Self.mostWaiting
        {
            var merged = list[1]
            for bus in merged.last.indices {
                merged.first[bus] = merged.first[bus] ?? list[0].last[bus]
                merged.last[bus] = merged.last[bus] ?? list[0].last[bus]
            }
            list[1] = merged
            list.removeFirst()
        }
    }
}
