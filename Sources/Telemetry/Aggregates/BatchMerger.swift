package import GatewayModel

/// Makes one batch of several of the same boot, clock and dictionary: larger, or thinned as well. Pure.
///
/// Batches are given in the order of their times. What the new batch is then called, and when it takes the place of
/// the others, is the store's business.
package struct BatchMerger: Sendable {
    package enum Mode: Hashable, Sendable {
        /// Nothing is lost; columns that are longer compress better.
        case reblock
        /// Readings of gauges become aggregates of `width` ms, finer aggregates coarser ones.
        case thin(width: Int64)
        /// Gauges keep only their last good reading of each local day.
        case strip
    }

    private let mode: Mode
    private let classes: PointClasses
    /// UTC - BOOTTIME, ms; 0 when it is not known.
    private let offset: Int64
    private let day: @Sendable (_ utcMilliseconds: Int64) -> Int64

    private var kept: [Reading] = []
    private var gaps: [Gap] = []
    private var alarms: [AlarmEvent] = []
    private var replaced: [ClosedRange<UInt64>] = []
    private var times: ClosedRange<BootTime>?
    private var finished: [Aggregate] = []
    /// By point: the span that is being filled.
    private var open: [Aggregate?] = []
    /// By point: the last good reading so far, and its day.
    private var newest: [(reading: Reading, day: Int64)?] = []
    /// Something was lost since the readings were made, here or in an earlier thinning.
    private var isThinned = false
    private var isStripped = false

    /// - Parameters:
    ///   - anchor: what all batches have; nil: none of them has one. Spans and days then follow BOOTTIME.
    ///   - day: the number of the local day that a moment lies in.
    package init(
        _ mode: Mode, classes: PointClasses, anchor: WallAnchor?, day: @escaping @Sendable (Int64) -> Int64
    ) {
        self.mode = mode
        self.classes = classes
        offset = anchor?.offsetMilliseconds ?? 0
        self.day = day
        if mode != .reblock {
            open = Array(repeating: nil, count: classes.count)
            newest = Array(repeating: nil, count: classes.count)
        }
    }

    /// Readings and aggregates that the batch would hold now, at most.
    package var count: Int {
        kept.count + alarms.count + finished.count + open.count(where: { $0 != nil })
            + newest.count(where: { $0 != nil })
    }

    package mutating func add(_ envelope: BatchEnvelope) throws(BatchFormatError) {
        let content = try envelope.content()
        if mode == .reblock, content.aggregates != nil { throw BatchFormatError("thinned already") }
        guard alarms.count + content.alarms.count <= BatchContent.maximumAlarms else {
            throw BatchFormatError("too many alarms for one batch")
        }
        let batch = envelope.batch
        let last = max(batch.first, batch.last)
        times = min(times?.lowerBound ?? batch.first, batch.first)...max(times?.upperBound ?? last, last)
        replaced.append(envelope.key.sequence...envelope.key.sequence)
        replaced += content.replaces
        take(content.gaps)
        alarms += content.alarms
        guard mode != .reblock else {
            kept += content.readings
            return
        }
        if let block = content.aggregates { take(block) }
        // In a thinned batch the values of gauges are those that were kept beside their aggregates.
        for reading in content.readings { take(reading, isCounted: content.aggregates != nil) }
    }

    /// The new batch; nil when nothing was added.
    package consuming func sealed(boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID) -> SealedBatch? {
        guard let times else { return nil }
        if isThinned { gaps.insert(lost(in: times, reason: .thinned), at: 0) }
        if isStripped { gaps.insert(lost(in: times, reason: .evicted), at: 0) }
        var readings = kept
        for case .some(let last) in newest { readings.append(last.reading) }
        if mode != .reblock { readings.sort { ($0.point, $0.time) < ($1.point, $1.time) } }
        let content = BatchContent(
            readings: readings, gaps: gaps, alarms: alarms, aggregates: block(), replaces: replaced.merged())
        return SealedBatch(
            content, times: times, boot: boot, anchor: anchor, dictionary: dictionary, urgent: !alarms.isEmpty)
    }

    private func lost(in times: ClosedRange<BootTime>, reason: GapReason) -> Gap {
        Gap(scope: .everything, from: .boot(times.lowerBound), to: .boot(times.upperBound), reason: reason)
    }

    /// Spans that were lost before become part of this batch's own record.
    private mutating func take(_ gaps: [Gap]) {
        for gap in gaps {
            guard gap.scope == .everything, mode != .reblock else {
                self.gaps.append(gap)
                continue
            }
            switch gap.reason {
            case .thinned: isThinned = true
            default: self.gaps.append(gap)
            }
        }
    }

    private mutating func take(_ block: AggregateBlock) {
        guard case .thin(let width) = mode else {
            isStripped = true
            return
        }
        for item in block.items {
            // A coarser span than asked for stays what it is: its middle tells where it belongs.
            let middle = item.from.milliseconds + block.width / 2
            add(item.statistics, of: item.point, at: middle, width: width)
        }
    }

    private mutating func take(_ reading: Reading, isCounted: Bool) {
        let kind = classes[reading.point]
        guard kind != .keep, let sample = reading.storedSample else {
            kept.append(reading)
            return
        }
        if case .thin(let width) = mode, !isCounted {
            var one = Statistics()
            let isTooLarge = if kind == .unsignedGauge, case .integer(let bits) = sample { bits < 0 } else { false }
            guard !isTooLarge, one.add(sample) else {
                kept.append(reading)
                return
            }
            isThinned = true
            add(one, of: reading.point, at: reading.time.milliseconds, width: width)
        } else if mode == .strip, !isCounted {
            isStripped = true
        }
        keepNewest(reading)
    }

    private mutating func add(_ statistics: Statistics, of point: PointIndex, at time: Int64, width: Int64) {
        guard open.indices.contains(point) else { return }
        let span = AggregateBlock.span(of: time, width: width, offset: offset)
        let from = BootTime(milliseconds: span * width - offset)
        if var same = open[point], same.from == from, same.statistics.add(statistics) {
            open[point] = same
            return
        }
        if let done = open[point] { finished.append(done) }
        open[point] = Aggregate(point: point, from: from, statistics: statistics)
    }

    /// The newest good reading of each local day stays, in the hope that it is the day's last; when later batches of
    /// the day are merged with this one, it goes.
    private mutating func keepNewest(_ reading: Reading) {
        guard newest.indices.contains(reading.point) else { return kept.append(reading) }
        let day = day(reading.time.milliseconds + offset)
        if let before = newest[reading.point], before.day != day { kept.append(before.reading) }
        newest[reading.point] = (reading, day)
    }

    private func block() -> AggregateBlock? {
        guard case .thin(let width) = mode else { return nil }
        var items = finished
        for case .some(let item) in open { items.append(item) }
        guard let first = items.map(\.from).min() else { return nil }
        items.sort { ($0.point, $0.from) < ($1.point, $1.from) }
        return AggregateBlock(width: width, origin: first.milliseconds, items: items)
    }
}

extension [ClosedRange<UInt64>] {
    /// Sorted, and as few as can be.
    func merged() -> Self {
        var result: Self = []
        for range in sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...Swift.max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }
}
