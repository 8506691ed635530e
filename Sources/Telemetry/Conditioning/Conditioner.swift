package import GatewayModel

/// Turns what the buses deliver into what is stored: quality, resolution, dead band, and gaps for bad spans
/// (interfaces: "Dead band", "Bad spans"). Pure: all times come from the readings or as arguments.
package struct Conditioner: Sendable {
    private struct State: Sendable {
        var lastSent: (time: BootTime, quality: Quality, sample: Sample?)?
        var gap: OpenGap?
    }

    private struct OpenGap: Sendable {
        var from: BootTime
        var reason: GapReason
        /// When it was last reported, at first its beginning.
        var reported: BootTime
    }

    private let rules: [PointRules]
    private var states: [State]
    private let reportEvery: Nanoseconds
    /// No open gap is due before; nil: none is open.
    private var nextReport: BootTime?

    /// - Parameters:
    ///   - points: by index, as in a `GatewayConfiguration`.
    ///   - reportEvery: open gaps are reported so often.
    package init(points: [PointDefinition], reportEvery: Nanoseconds = .seconds(3_600)) {
        rules = PointRules.table(of: points)
        states = Array(repeating: State(), count: points.count)
        self.reportEvery = reportEvery
    }

    /// Judges one reading. Readings of one point must come in the order they were made; a point that the
    /// configuration does not have gives nothing.
    package mutating func condition(_ reading: Reading) -> ConditionedReading {
        guard states.indices.contains(reading.point) else { return ConditionedReading(quality: reading.quality) }
        let (quality, sample) = rules[reading.point].apply(reading)
        var result = ConditionedReading(quality: quality, sample: sample)
        if isWorthSending(reading, quality, sample) {
            states[reading.point].lastSent = (reading.time, quality, sample)
            result.reading = Reading(point: reading.point, time: reading.time, quality: quality, sample: sample)
        }
        result.gap = followGap(reading, quality)
        return result
    }

    private func isWorthSending(_ reading: Reading, _ quality: Quality, _ sample: Sample?) -> Bool {
        guard let last = states[reading.point].lastSent, last.quality == quality else { return true }
        // One null reading at the change, then silence.
        guard let sample, let lastSample = last.sample else { return false }
        let rules = rules[reading.point]
        return !rules.deadBand.holds(sample, lastSample) || reading.time - last.time >= rules.maxSilence
    }

    /// Opens, keeps or closes the point's gap; the record when it closes.
    private mutating func followGap(_ reading: Reading, _ quality: Quality) -> Gap? {
        let open = states[reading.point].gap
        if let reason = GapReason(quality) {
            if open == nil {
                states[reading.point].gap = OpenGap(from: reading.time, reason: reason, reported: reading.time)
                let due = reading.time + reportEvery
                nextReport = min(nextReport ?? due, due)
            }
            return nil
        }
        guard let open else { return nil }
        states[reading.point].gap = nil
        return Gap(scope: .point(reading.point), from: .boot(open.from), to: .boot(reading.time), reason: open.reason)
    }

    /// Records of the gaps that have been open for an hour, or another hour; cheap to call often.
    package mutating func tick(now: BootTime) -> [Gap] {
        guard let due = nextReport, now >= due else { return [] }
        var gaps = [Gap]()
        nextReport = nil
        for index in states.indices {
            guard var gap = states[index].gap else { continue }
            if now >= gap.reported + reportEvery {
                gap.reported = now
                states[index].gap = gap
                gaps.append(Self.record(of: gap, index))
            }
            let next = gap.reported + reportEvery
            nextReport = min(nextReport ?? next, next)
        }
        return gaps
    }

    /// What was given out last may not have arrived (a batch was dropped): the next reading of every point is given
    /// out whatever its dead band, and the null reading of a bad span once more.
    package mutating func forgetSent() {
        for index in states.indices { states[index].lastSent = nil }
    }

    /// At the end of the run: every gap that is still open. After this the conditioner is used no more.
    package func openGaps() -> [Gap] {
        states.indices.compactMap { index in states[index].gap.map { Self.record(of: $0, index) } }
    }

    private static func record(of gap: OpenGap, _ index: PointIndex) -> Gap {
        Gap(scope: .point(index), from: .boot(gap.from), to: nil, reason: gap.reason)
    }
}
