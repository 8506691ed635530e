package import GatewayModel

/// Gathers conditioned readings and gaps until it is time to close: after `seal` from the oldest content, when full,
/// or at once when urgent (then at most once a second).
package struct OpenBatch: Sendable {
    /// The longest time that content waits.
    package let seal: Nanoseconds
    /// Sealed when it holds so many readings.
    package let maximumReadings: Int
    /// Sealed when its encoded content is estimated at this.
    package static let maximumBytes = 64 << 10
    /// Between two batches that were closed early for an alarm.
    package static let urgentPause = Nanoseconds.seconds(1)

    private var readings = PackedReadings()
    private var gaps: [Gap] = []
    private var alarms: [AlarmEvent] = []
    /// Bytes of the sealed batch at most, roughly.
    package private(set) var estimatedBytes = 0
    /// The oldest content's time; nil: empty.
    package private(set) var opened: BootTime?
    private var urgent = false
    private var lastUrgent: BootTime?

    /// - Parameters:
    ///   - seal: 1 s ... 1 h.
    ///   - maximumReadings: at most 65,536, the format's own limit.
    package init(seal: Nanoseconds, maximumReadings: Int = 4_096) {
        self.seal = seal
        self.maximumReadings = min(max(1, maximumReadings), BatchContent.maximumReadings)
    }

    package var isEmpty: Bool { opened == nil }
    package var isFull: Bool {
        readings.count >= maximumReadings || estimatedBytes >= Self.maximumBytes
    }

    /// Takes a conditioned reading. False: full, not taken; seal first.
    package mutating func add(_ reading: Reading) -> Bool {
        guard !isFull else { return false }
        readings.reserve(maximumReadings)
        guard readings.append(reading) else { return false }
        estimatedBytes += Self.estimate(reading)
        note(reading.time)
        return true
    }

    /// Takes a gap record, noted at `now`. False: full, not taken; seal first.
    package mutating func add(_ gap: Gap, now: BootTime) -> Bool {
        guard !isFull else { return false }
        gaps.append(gap)
        estimatedBytes += 16
        note(now)
        return true
    }

    /// Alarm events of one batch.
    package static let maximumAlarms = 512

    /// Takes an alarm event, which asks for a close before time, also when it is full of other things: what is kept of an
    /// alarm goes with its event. False: too many, not taken; seal first.
    package mutating func add(_ event: AlarmEvent, now: BootTime) -> Bool {
        guard alarms.count < Self.maximumAlarms else { return false }
        alarms.append(event)
        estimatedBytes += 24 + event.id.utf8.count
        urgent = true
        note(now)
        return true
    }

    /// When `isDue` becomes true, if nothing is added; nil: empty.
    package var deadline: BootTime? {
        guard let opened else { return nil }
        if isFull { return opened }
        let regular = opened + seal
        guard urgent else { return regular }
        return min(regular, lastUrgent.map { $0 + Self.urgentPause } ?? opened)
    }

    package func isDue(_ now: BootTime) -> Bool { deadline.map { now >= $0 } ?? false }

    /// Closes, encodes and starts anew; nil when empty.
    package mutating func seal(
        now: BootTime, boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID
    ) -> SealedBatch? {
        guard let opened else { return nil }
        let early = urgent && !isFull && now < opened + seal
        let batch = SealedBatch(
            readings, gaps: gaps, alarms: alarms, at: opened, boot: boot, anchor: anchor, dictionary: dictionary,
            urgent: urgent)
        if early { lastUrgent = now }
        readings.removeAll()
        gaps.removeAll(keepingCapacity: true)
        alarms.removeAll()
        self.opened = nil
        estimatedBytes = 0
        urgent = false
        return batch
    }

    private mutating func note(_ time: BootTime) { opened = min(opened ?? time, time) }

    private static func estimate(_ reading: Reading) -> Int {
        switch reading.sample {
        case nil: 1
        case .integer: 4
        case .float32: 5
        case .float64: 9
        case .text(let text): 3 + text.utf8.count
        }
    }
}
