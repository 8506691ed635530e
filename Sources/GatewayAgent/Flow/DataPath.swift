package import GatewayModel
package import Logging
package import Storage
internal import Telemetry
package import ThreadExecutor

/// What lies between the buses and the receivers: everything that must not lose a reading, date it wrong or send it
/// twice under two keys.
///
/// It does nothing by itself. The agent calls each of the functions below at its own pace; a simulation calls them by
/// virtual time, and so runs the same code.
package struct DataPath: Sendable {
    /// Between two rounds of ``gather()``: a reading is at most that late for its batch.
    package static let round = Duration.milliseconds(100)
    /// Between two tries of the store while it cannot be opened or written.
    package static let storePause = Duration.seconds(1)
    /// Between two calls of ``maintain()``.
    package static let upkeep = Duration.seconds(1)
    /// The same while a damaged store is being salvaged, piece by piece.
    package static let salvagePause = Duration.milliseconds(50)

    /// Where the buses put what they read.
    package let ring: ReadingRing
    package let outbox: Outbox
    package let state: StateStore
    package let clock: ClockKeeper
    package let history: HistoryStore
    let queue: StoreQueue
    /// What receivers are served from.
    package let source: any BatchSource
    /// The alarms that are raised now.
    package let alarms = AlarmBoard()
    private let pipeline: Pipeline
    private let feeder: StoreFeeder
    private let claim: @Sendable () throws(StateDirectoryError) -> Void
    private let dictionary: DictionaryText
    private let boot: BootID
    private let time: any TimeSource
    private let started: BootTime
    private let logger: Logger

    /// - Parameters:
    ///   - directory: the state directory.
    ///   - boot: the running boot.
    ///   - hasBatteryClock: the board has one, and CLOCK_REALTIME was set by it.
    ///   - maximumClockError: `maxerror` of adjtimex(2) in microseconds; negative: cannot be read.
    ///   - executor: the store's thread.
    ///   - vfs: the SQLite VFS that a simulation lets fail; nil: the system's.
    ///   - ring: where the buses put what they read.
    ///   - counts: what counters have counted, at least as much as any reading in the ring tells; durable with each
    ///     batch. Any thread.
    ///   - claim: makes sure that this process owns the state directory; called before each try to open the store.
    package init(
        configuration: GatewayConfiguration, directory: String, boot: BootID, time: any TimeSource,
        hasBatteryClock: Bool, maximumClockError: @escaping @Sendable () -> Int, executor: ThreadExecutor,
        logger: Logger, vfs: String? = nil, ring: ReadingRing = ReadingRing(),
        counts: @escaping @Sendable () -> [CounterTotal] = { [] },
        claim: @escaping @Sendable () throws(StateDirectoryError) -> Void = {}
    ) {
        let dictionary = DictionaryText(configuration)
        self.ring = ring
        outbox = Outbox(
            directory: directory, receivers: configuration.uplinks.map { OutboxReceiver(id: $0.id, must: $0.must) },
            configuration: configuration.store, boot: boot, time: time, executor: executor, logger: logger, vfs: vfs,
            largestBatch: Pipeline.largestBatch(configuration), localDays: .ofProcess())
        history = HistoryStore(
            directory: directory, points: configuration.points.count, days: .ofProcess(), time: time,
            executor: executor, logger: logger, vfs: vfs)
        state = StateStore(directory: directory, time: time, executor: executor, logger: logger, vfs: vfs)
        clock = ClockKeeper(
            state: state, boot: boot, hasBatteryClock: hasBatteryClock, time: time,
            maximumError: maximumClockError, logger: logger)
        queue = StoreQueue(boot: boot, receivers: configuration.uplinks.map(\.must), time: time)
        source = BatchSources(outbox: outbox, queue: queue, dictionary: dictionary)
        pipeline = Pipeline(
            configuration: configuration, dictionary: dictionary.id, boot: boot, ring: ring, queue: queue,
            board: alarms, time: time)
        feeder = StoreFeeder(
            outbox: outbox, queue: queue, dictionary: dictionary, time: time, logger: logger, counts: counts)
        self.claim = claim
        self.dictionary = dictionary
        self.boot = boot
        self.time = time
        self.logger = logger
        started = time.bootTime()
    }

    // MARK: - Time

    /// Reads what earlier runs knew of this boot's time. Once, before the first ``lookAtClock()``.
    package func recallClock() async {
        if let anchor = await clock.recall() { await adopt(anchor) }
    }

    /// Looks whether the clock may be believed now.
    /// - Returns: until the next look.
    package func lookAtClock() async -> Duration {
        switch await clock.look() {
        case .trusted(let anchor): await adopt(anchor)
        case .restated(let anchor): await pipeline.use(anchor)
        case nil: break
        }
        return clock.anchor == nil ? ClockKeeper.untilTrusted : ClockKeeper.noteEvery
    }

    private func adopt(_ anchor: WallAnchor) async {
        await pipeline.use(anchor)
        queue.setAnchor(anchor)
        await outbox.setAnchor(anchor)
    }

    /// Sets who is told that a batch may be sent, from the store or from memory: the newest of several.
    package func setListener(_ body: @escaping @Sendable (StoredBatch) -> Void) {
        outbox.setListener(body)
        queue.setListener(body)
    }

    /// Receivers are served from memory, as the store cannot be written.
    package var isVolatile: Bool { queue.isVolatile }

    // MARK: - The way of a reading

    /// From the ring into the open batch; seals it when it is due.
    /// - Returns: when the open batch is due if nothing is added; nil: it is empty.
    @discardableResult
    package func gather() async -> BootTime? { await pipeline.turn() }

    /// The supply fails: what was read up to now is sealed at once, and on its way.
    package func sealNow() async { await pipeline.sealNow() }

    /// Sealed batches that wait for the store, and their bound.
    package var waiting: (batches: Int, capacity: Int) { (queue.fill.waiting, queue.fill.capacity) }

    /// One try to open the store; then tells, as a gap, how long the agent was off or what was lost.
    /// - Returns: false: try again after ``storePause``.
    package func openStore() async -> Bool {
        do {
            try claim()
        } catch {
            await feeder.failed(error.description)
            await goOnWithoutStore()
            return false
        }
        guard let report = await feeder.open() else {
            await goOnWithoutStore()
            return false
        }
        await state.openIfClosed()
        await pipeline.restoreAlarms(await state.totals(with: outbox))
        logger.info(
            "store is open",
            metadata: [
                "epoch": "\(report.epoch.hexadecimal)", "batches": "\(report.batches)",
                "last": "\(report.last?.sequence ?? 0)",
            ])
        if let damaged = report.setAside {
            // What is lost of it the store finds out itself, and tells.
            logger.error("the store was damaged and a new one begun", metadata: ["reason": "\(damaged.reason)"])
        }
        if report.setAside != nil || report.lastReading != nil {
            let from = report.lastReading?.edge(in: boot) ?? .unknown
            await pipeline.add(Gap(scope: .everything, from: from, to: .boot(started), reason: .agentOff))
        }
        return true
    }

    private func goOnWithoutStore() async {
        if queue.isVolatile { await pipeline.beginAlarmsWithoutStore() }
    }

    /// One try to store what waits, once the store is open.
    /// - Returns: whether something is left: try again after ``storePause``.
    package func storeWaiting() async -> Bool {
        while queue.fill.waiting > 0 && !Task.isCancelled {
            guard await feeder.storeSome() else { return true }
            await state.noteTotals(AlarmMemory.worthNoting(await feeder.takeDurable()))
            // Gap records may wait that the store made (evicted or damaged batches) and that a next batch must carry.
            await outbox.returnPendingGaps(await pipeline.takeGapsToReturn())
            await pipeline.add(await outbox.takePendingGaps())
        }
        return false
    }

    /// What the store does by time: unsaved acknowledgements, age, held-back batches, thinning; and the history.
    /// - Returns: until the next call.
    @discardableResult
    package func maintain() async -> Duration {
        await outbox.maintain()
        await keepHistory()
        if let anchor = clock.anchor {
            await history.maintain(utcMilliseconds: anchor.realTime(at: time.bootTime()) / 1_000_000)
        }
        return outbox.isSalvaging ? Self.salvagePause : Self.upkeep
    }

    private func keepHistory() async {
        for quarter in await pipeline.takeQuarters() {
            await history.append(quarter, dictionary: dictionary.id) { [dictionary] in dictionary.json }
        }
    }

    // MARK: - The end

    /// Seals what is open and stores all that waits; gives up at the first failure. Nothing may be gathered any more.
    /// - Returns: batches that could not be stored.
    package func finish() async -> Int {
        await pipeline.finish()
        queue.close()
        await feeder.storeRest()
        await keepHistory()
        return queue.fill.waiting
    }

    /// After the receivers have stopped.
    package func close() async {
        await outbox.close()
        await history.close()
        await state.close()
    }
}
