internal import GatewayModel
internal import Storage
internal import Telemetry

/// From raw readings to sealed batches: takes from the ring, conditions, gathers, seals, hands to the store's queue.
///
/// Runs on the cooperative pool and never blocks: everything here is arithmetic.
actor Pipeline {
    private let boot: BootID
    private let dictionary: DictionaryID
    private let ring: ReadingRing
    private let queue: StoreQueue
    private let time: any TimeSource

    private var conditioner: Conditioner
    private var open: OpenBatch
    private var alarms: AlarmEngine
    /// In the open batch.
    private var events: [AlarmEvent] = []
    private let board: AlarmBoard
    private var history: QuarterHour
    private var quarters: [QuarterHour.Closed] = []
    /// Quarters of an hour that wait for the history; the oldest goes.
    private static let quarterLimit = 8
    private var anchor: WallAnchor?
    private var consumes: [PendingGap.ID] = []
    private var gapsToReturn: [PendingGap.ID] = []

    init(
        configuration: GatewayConfiguration, dictionary: DictionaryID, boot: BootID, ring: ReadingRing,
        queue: StoreQueue, board: AlarmBoard, time: any TimeSource
    ) {
        self.boot = boot
        self.dictionary = dictionary
        self.ring = ring
        self.queue = queue
        self.time = time
        conditioner = Conditioner(points: configuration.points)
        alarms = AlarmEngine(rules: configuration.alarms, points: configuration.points)
        self.board = board
        history = QuarterHour(points: configuration.points)
        open = OpenBatch(
            seal: configuration.store.seal, maximumReadings: Self.largestBatch(configuration))
    }

    /// Readings of one batch at most: a JSON message of 16,384 would be over 1 MB.
    static func largestBatch(_ configuration: GatewayConfiguration) -> Int {
        configuration.uplinks.allSatisfy { $0.profile == .batch } ? 16_384 : 4_096
    }

    /// The clock became trusted, or is known better: batches sealed from now on carry this anchor.
    func use(_ anchor: WallAnchor) {
        self.anchor = anchor
        history.use(anchor)
    }

    /// Quarters of an hour that closed since the last call.
    func takeQuarters() -> [QuarterHour.Closed] {
        defer { quarters = [] }
        return quarters
    }

    private func note(_ quarter: QuarterHour.Closed?) {
        guard let quarter else { return }
        quarters.append(quarter)
        if quarters.count > Self.quarterLimit { quarters.removeFirst() }
    }

    func add(_ gap: Gap) {
        if !open.add(gap, now: time.bootTime()) {
            seal()
            _ = open.add(gap, now: time.bootTime())
        }
    }

    /// Gaps that the store keeps until a batch that carries them is stored.
    func add(_ gaps: [PendingGap]) {
        for pending in gaps {
            add(pending.gap)
            consumes.append(pending.id)
        }
    }

    /// Gaps that were in batches that were dropped before they were stored, since the last call.
    func takeGapsToReturn() -> [PendingGap.ID] {
        defer { gapsToReturn = [] }
        return gapsToReturn
    }

    /// The last readings, the gaps that are still open, and the last batch.
    func finish() {
        turn()
        for gap in conditioner.openGaps() { add(gap) }
        seal()
        note(history.close())
    }

    /// Takes what the ring holds, and seals what is due.
    /// - Returns: when the open batch is due if nothing is added; nil: it is empty.
    @discardableResult
    func turn() -> BootTime? {
        let contents = ring.take()
        for (point, lost) in contents.overruns.sorted(by: { $0.key < $1.key }) {
            add(Gap(scope: .point(point), from: .boot(lost.first), to: .boot(lost.last), reason: .overrun))
        }
        for reading in contents.readings { take(reading) }
        let now = time.bootTime()
        report(alarms.settle(now: now))
        for gap in conditioner.tick(now: now) { add(gap) }
        note(history.tick(now))
        if open.isDue(now) { seal() }
        return open.deadline
    }

    /// Takes what the ring holds, and seals it, due or not.
    func sealNow() {
        turn()
        seal()
    }

    private func take(_ reading: Reading) {
        let conditioned = conditioner.condition(reading)
        report(
            alarms.observe(
                reading.point, at: reading.time, quality: conditioned.quality, sample: conditioned.sample))
        // Before the dead band, which would make its mean one of changes.
        note(history.add(reading, quality: conditioned.quality, sample: conditioned.sample))
        if let gap = conditioned.gap { add(gap) }
        guard let reading = conditioned.reading else { return }
        if !open.add(reading) {
            seal()
            _ = open.add(reading)
        }
    }

    // MARK: - Alarms

    /// Alarms go on where they stood. Until this call, or the next, they wait.
    func restoreAlarms(_ totals: [String: Int64]) {
        let ended = alarms.restore(totals, now: time.bootTime())
        report(ended)
        board.show(alarms.active)
        // With what waits for the store, and may tell of their successors.
        if !ended.isEmpty { seal() }
    }

    /// The store cannot be read, for now or for ever.
    func beginAlarmsWithoutStore() { alarms.beginWithoutStore(at: time.realTime()) }

    private func report(_ events: [AlarmEvent]) {
        guard !events.isEmpty else { return }
        for event in events {
            if !open.add(event, now: event.time) {
                seal()
                _ = open.add(event, now: event.time)
            }
            self.events.append(event)
        }
        board.show(alarms.active)
    }

    private func seal() {
        let batch = open.seal(now: time.bootTime(), boot: boot, anchor: anchor, dictionary: dictionary)
        guard let batch else { return }
        let memories = alarms.takeMemories().map { CounterTotal(key: $0.key, value: $0.number) }
        let dropped = queue.offer(.init(batch: batch, consumes: consumes, totals: memories, alarms: events))
        (consumes, events) = ([], [])
        guard let first = dropped.first, let last = dropped.last else { return }
        // What was lost must not keep its like from being sent.
        conditioner.forgetSent()
        // The store hands out again the gaps that were inside, once it can be written.
        gapsToReturn += dropped.flatMap(\.consumes)
        report(alarms.forgetTaken(lost: dropped.flatMap(\.alarms)))
        add(Gap(scope: .everything, from: .boot(first.batch.first), to: .boot(last.batch.last), reason: .overrun))
    }
}
