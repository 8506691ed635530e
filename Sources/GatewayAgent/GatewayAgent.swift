internal import CLinux
internal import DiagnosticShell
package import DigitalIO
internal import FieldBus
package import GatewayModel
package import Logging
package import Storage
internal import ThreadExecutor
internal import Uplink

/// The whole daemon: makes the parts, joins them, starts them so that polling waits for nothing, and stops them so that
/// nothing read is lost.
package actor GatewayAgent {
    /// What the parts of a clean stop may take; together below the 5 s that the program promises.
    private static let lastSending: Nanoseconds = .milliseconds(1_000)
    private static let disconnecting: Nanoseconds = .milliseconds(1_000)

    let configuration: GatewayConfiguration
    let logger: Logger
    let time: any TimeSource

    private let storeThread: ThreadExecutor
    let path: DataPath
    let workers: [BusWorker]
    let receivers: [Receiver]
    private let learnt: LearntKeeper
    let io: DigitalIO
    private let counters: CounterKeeper
    private let vitals: BoardVitals?
    let leds: BoardLEDs?
    private let shell: ShellServer
    let storeProgress: ProgressMark
    let manager: ServiceManager?
    var watchdog: HardwareWatchdog?
    var tasks: [Task<Void, Never>] = []

    /// - Parameters:
    ///   - stateDirectory: where batches and state are kept.
    ///   - claim: makes sure that this process owns that directory; tried again until it does. Meanwhile the agent works
    ///     without a store.
    ///   - socketPath: where `gatewayctl` finds this daemon.
    ///   - lines: the board's GPIO chips.
    ///   - manager: the service manager that started this process, if any.
    package init(
        configuration: GatewayConfiguration, stateDirectory: String, claim: StateDirectoryClaim, socketPath: String,
        logger: Logger, lines: any LineBank = GpiodBank(), manager: ServiceManager? = ServiceManager.fromEnvironment(),
        time: any TimeSource = SystemTime()
    ) {
        let boot = BootID.current()
        let started = time.bootTime()
        let storeThread = ThreadExecutor(name: "store")
        var hasBatteryClock = configuration.board.hasBatteryClock
        if hasBatteryClock, !BatteryClock.agrees(with: time.realTime()) {
            hasBatteryClock = false
            logger.warning(
                "the battery clock does not show the system's time, so neither is believed",
                metadata: ["remedy": "wait for a time server; if this comes at every start, change the battery"])
        }
        let ring = ReadingRing()
        let io = DigitalIO(configuration: configuration, bank: lines, sink: ring, logger: logger, time: time)
        let path = DataPath(
            configuration: configuration, directory: stateDirectory, boot: boot, time: time,
            hasBatteryClock: hasBatteryClock,
            maximumClockError: { CLinux_clock_maximum_error() }, executor: storeThread, logger: logger, ring: ring,
            counts: { io.counts.map { CounterTotal(key: $0.id, value: $0.count) } },
            claim: { () throws(StateDirectoryError) in try claim.claim() })
        let clock = path.clock
        let signals = RunSignals(configuration.points)
        let workers = configuration.buses.map { bus in
            BusWorker(
                bus: bus, devices: configuration.devices, points: configuration.points, sink: path.ring, logger: logger,
                signals: signals, scheduleOffset: { clock.offset })
        }
        let receivers = Self.receivers(configuration, path, boot, logger, time)
        let status: @Sendable () -> StationStatus = {
            StationStatus(
                now: time.bootTime(), realTime: time.realTime(), configuration: configuration, started: started,
                boot: boot, anchor: clock.anchor, clockSource: clock.source, buses: workers.map(\.status),
                lines: io.status, alarms: path.alarms.active, store: path.outbox.status,
                uplinks: receivers.map(\.status),
                ring: path.ring.fill,
                queue: path.queue.fill, volatile: path.queue.volatileStatus)
        }
        self.configuration = configuration
        self.logger = logger
        self.time = time
        self.storeThread = storeThread
        self.path = path
        self.workers = workers
        self.receivers = receivers
        learnt = LearntKeeper(state: path.state, workers: workers, devices: configuration.devices, logger: logger)
        self.manager = manager
        self.io = io
        let counters = CounterKeeper(path: path, io: io, configuration: configuration, logger: logger, time: time)
        self.counters = counters
        vitals = BoardVitals(configuration, VitalsSource(directory: stateDirectory), sink: ring, time: time)
        leds = BoardLEDs(configuration.board.leds, logger: logger)
        let board = BoardRequests(io: io, counters: counters, logger: logger)
        storeProgress = ProgressMark(started)
        shell = ShellServer(path: socketPath, logger: logger) { words, user in
            switch (words.first, words.dropFirst()) {
            case ("status", []): return Array(status().text().utf8)
            case ("status", ["--json"]): return status().json() + [UInt8(ascii: "\n")]
            case ("learnt", []): return Array(LearntAnswer(status()).table.utf8)
            case ("learnt", ["--template"]): return Array(LearntAnswer(status()).template.utf8)
            case ("learnt", let rest) where rest.count == 2 && rest.first == "--accept":
                return Array(LearntAnswer(status()).accept(rest.last ?? "", workers).utf8)
            case ("scan", let rest):
                return ScanRequest(workers: workers, configuration: configuration).bytes(Array(rest))
            case ("frames", let rest):
                let offset = clock.anchor == nil ? time.realTime() - time.bootTime().nanoseconds : clock.offset
                return FramesAnswer(workers: workers, configuration: configuration, offset: offset).bytes(Array(rest))
            case ("history", let rest): return HistoryAnswer.make(rest, path.history)
            default: return board.answer(words, user: user)
            }
        }
    }

    /// Starts everything and returns. The buses go first: they wait neither for the store nor for the network.
    package func start() {
        for worker in workers { worker.start() }
        let (path, receivers, learnt, time, storeProgress) = (path, receivers, learnt, time, storeProgress)
        let (counters, clock) = (counters, path.clock)
        io.start(
            scheduleOffset: { clock.offset },
            powerFails: { _ in Task(priority: .high) { await path.sealNow() } })
        path.setListener { batch in for receiver in receivers { receiver.notify(batch) } }
        tasks = [
            Self.often {
                await path.gather(); return DataPath.round
            },
            Task {
                await path.recallClock()
                await learnt.recall()
                await Self.again { await path.lookAtClock() }
            },
            Task {
                await Self.openStore(path, receivers)
                await counters.recall()
                await Self.store(path)
            },
            Self.often {
                let pause = await path.maintain()
                storeProgress.set(time.bootTime())
                return pause
            },
            Task {
                try? await Task.sleep(for: LearntKeeper.interval)
                await Self.again {
                    await learnt.note(); return LearntKeeper.interval
                }
            },
            Task { await Self.keepMemorySmall() },
            Task {
                try? await Task.sleep(for: CounterKeeper.interval)
                await Self.again {
                    await counters.note(); return CounterKeeper.interval
                }
            },
        ]
        if let vitals { tasks.append(Self.often { await vitals.read(offset: clock.offset) }) }
        shell.start()
        supervise()
        showLights()
        manager?.tell(ServiceManager.ready)
        logger.info(
            "started",
            metadata: [
                "gateway": "\(configuration.gatewayID)", "buses": "\(configuration.buses.count)",
                "devices": "\(configuration.devices.count)", "points": "\(configuration.points.count)",
                "receivers": "\(configuration.uplinks.count)", "config": "\(configuration.hash.prefix(12))",
            ])
    }

    /// However long it takes. The receivers begin with what the store holds, or from memory while it cannot be opened.
    private static func openStore(_ path: DataPath, _ receivers: [Receiver]) async {
        while await !path.openStore() && !Task.isCancelled {
            // Starting one that has started does nothing.
            if path.isVolatile { for receiver in receivers { receiver.start() } }
            try? await Task.sleep(for: DataPath.storePause)
        }
        guard !Task.isCancelled else { return }
        for receiver in receivers { receiver.start() }
    }

    /// Stores what the queue brings until it is closed.
    private static func store(_ path: DataPath) async {
        for await _ in path.queue.signals {
            while await path.storeWaiting() { try? await Task.sleep(for: DataPath.storePause) }
        }
    }

    private static func often(_ body: @escaping @Sendable () async -> Duration) -> Task<Void, Never> {
        Task { await again(body) }
    }

    /// `body` gives the pause until it is called again.
    private static func again(_ body: @Sendable () async -> Duration) async {
        while !Task.isCancelled {
            let pause = await body()
            try? await Task.sleep(for: pause)
        }
    }

    /// Stops in the order of the flow: the buses, then what they gave is sealed and stored, then the receivers get a
    /// last moment to send it. Within 5 s.
    package func stop() async {
        logger.info("stopping")
        manager?.tell(ServiceManager.stopping)
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.stop() } }
            group.addTask { [io] in await io.stop() }
        }
        for task in tasks { task.cancel() }
        let left = await path.finish()
        if left > 0 { logger.error("the last readings could not be stored", metadata: ["batches": "\(left)"]) }
        await waitForReceivers()
        await withTaskGroup(of: Void.self) { group in
            for receiver in receivers { group.addTask { await receiver.stop(within: Self.disconnecting) } }
        }
        await learnt.note()
        await counters.note()
        await path.close()
        shell.stop()
        storeThread.shutdown()
        vitals?.stop()
        await leds?.goDark(at: time.bootTime())
        leds?.stop()
        watchdog?.disarm()
        logger.info("stopped")
    }

    /// Gives receivers that are connected the time to take the last batch; who is away gets it after the next start.
    private func waitForReceivers() async {
        let deadline = time.bootTime() + Self.lastSending
        while time.bootTime() < deadline {
            let waiting = zip(receivers, path.outbox.status.receivers).contains {
                $0.status.connected && ($1.unacknowledged > 0 || (path.isVolatile && path.queue.fill.waiting > 0))
            }
            guard waiting else { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Measured with 2,000 points on 8 lines and TLS: see the README's figures. What the start has used goes once the
    /// buses run, and again when the receivers have had the time to connect; later what a new connection or the end of a
    /// quarter has used. Some 1,000 pages come back, in about a millisecond.
    private static func keepMemorySmall() async {
        var pause = 5
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(pause))
            CLinux_forget_code_pages()
            CLinux_trim_heap()
            pause = min(pause + 15, 60)
        }
    }
}
