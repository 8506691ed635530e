internal import CLinux
internal import DiagnosticShell
internal import FieldBus
package import GatewayModel
package import Logging
internal import Storage
internal import Telemetry
internal import ThreadExecutor
internal import Uplink

/// The whole daemon: makes the parts, joins them, starts them so that polling waits for nothing, and stops them so that
/// nothing read is lost.
package actor GatewayAgent {
    /// What the parts of a clean stop may take; together below the 5 s that the program promises.
    private static let lastSending: Nanoseconds = .milliseconds(1_000)
    private static let disconnecting: Nanoseconds = .milliseconds(1_000)

    private let configuration: GatewayConfiguration
    private let logger: Logger
    private let time: any TimeSource
    private let started: BootTime
    private let boot: BootID

    private let queue: StoreQueue
    private let storeThread: ThreadExecutor
    private let outbox: Outbox
    private let clock: ClockKeeper
    private let state: StateStore
    private let pipeline: Pipeline
    private let feeder: StoreFeeder
    private let workers: [BusWorker]
    private let receivers: [Receiver]
    private let shell: ShellServer
    private var tasks: [Task<Void, Never>] = []

    /// - Parameters:
    ///   - stateDirectory: held by this process already (``Storage/StateDirectory``).
    ///   - socketPath: where `gatewayctl` finds this daemon.
    package init(
        configuration: GatewayConfiguration, stateDirectory: String, socketPath: String, logger: Logger,
        time: any TimeSource = SystemTime()
    ) {
        let boot = BootID.current()
        let started = time.bootTime()
        let dictionary = DictionaryText(configuration)
        let storeThread = ThreadExecutor(name: "store")
        let outbox = Outbox(
            directory: stateDirectory,
            receivers: configuration.uplinks.map { OutboxReceiver(id: $0.id, must: $0.must) },
            configuration: configuration.store, boot: boot, time: time, executor: storeThread, logger: logger)
        let state = StateStore(directory: stateDirectory, time: time, executor: storeThread, logger: logger)
        let clock = ClockKeeper(
            state: state, boot: boot, hasBatteryClock: configuration.board.hasBatteryClock, time: time, logger: logger)
        let (ring, queue) = (ReadingRing(), StoreQueue())
        let workers = configuration.buses.map { bus in
            BusWorker(
                bus: bus, devices: configuration.devices, points: configuration.points, sink: ring, logger: logger,
                scheduleOffset: { clock.offset })
        }
        let receivers = Self.receivers(configuration, dictionary, outbox, clock, logger, time)
        let status: @Sendable () -> StationStatus = {
            StationStatus(
                now: time.bootTime(), realTime: time.realTime(), configuration: configuration, started: started,
                boot: boot, anchor: clock.anchor, clockSource: clock.source, buses: workers.map(\.status),
                store: outbox.status, uplinks: receivers.map(\.status), ring: ring.fill, queue: queue.fill)
        }
        self.configuration = configuration
        self.logger = logger
        self.time = time
        self.started = started
        self.boot = boot
        self.queue = queue
        self.storeThread = storeThread
        self.outbox = outbox
        self.state = state
        self.clock = clock
        self.workers = workers
        self.receivers = receivers
        pipeline = Pipeline(
            configuration: configuration, dictionary: dictionary.id, boot: boot, ring: ring, queue: queue, time: time)
        feeder = StoreFeeder(outbox: outbox, queue: queue, dictionary: dictionary, logger: logger)
        shell = ShellServer(path: socketPath, logger: logger) { words in
            switch words {
            case ["status"]: Array(status().text().utf8)
            case ["status", "--json"]: status().json() + [UInt8(ascii: "\n")]
            default: nil
            }
        }
    }

    /// Starts everything and returns. The buses go first: they wait neither for the store nor for the network.
    package func start() {
        for worker in workers { worker.start() }
        let (pipeline, feeder, clock, outbox, receivers) = (pipeline, feeder, clock, outbox, receivers)
        outbox.setListener { batch in for receiver in receivers { receiver.notify(batch) } }
        tasks = [
            Task { await pipeline.run() },
            Task {
                await clock.run(
                    trusted: { anchor in
                        await pipeline.use(anchor)
                        await outbox.setAnchor(anchor)
                    }, restated: { await pipeline.use($0) })
            },
            Task { await self.openStore() },
            Task { await feeder.keepUp() },
            Task { await Self.keepMemorySmall() },
        ]
        shell.start()
        logger.info(
            "started",
            metadata: [
                "gateway": "\(configuration.gatewayID)", "buses": "\(configuration.buses.count)",
                "devices": "\(configuration.devices.count)", "points": "\(configuration.points.count)",
                "receivers": "\(configuration.uplinks.count)", "config": "\(configuration.hash.prefix(12))",
            ])
    }

    /// Opens the store, tells how long the agent was off, and lets the receivers begin.
    private func openStore() async {
        guard let report = await feeder.open() else { return }
        logger.info(
            "store is open",
            metadata: [
                "epoch": "\(report.epoch.hexadecimal)", "batches": "\(report.batches)",
                "last": "\(report.last?.sequence ?? 0)",
            ])
        if let damaged = report.setAside {
            logger.error("the store was damaged and a new one begun", metadata: ["reason": "\(damaged.reason)"])
            await pipeline.add(Gap(scope: .everything, from: .unknown, to: .boot(started), reason: .corrupt))
        } else if let last = report.lastReading {
            await pipeline.add(
                Gap(scope: .everything, from: last.edge(in: boot), to: .boot(started), reason: .agentOff))
        }
        for receiver in receivers { receiver.start() }
        let (pipeline, outbox) = (pipeline, outbox)
        await feeder.run {
            await outbox.returnPendingGaps(await pipeline.takeGapsToReturn())
            await pipeline.add(await outbox.takePendingGaps())
        }
    }

    /// Stops in the order of the flow: the buses, then what they gave is sealed and stored, then the receivers get a
    /// last moment to send it. Within 5 s.
    package func stop() async {
        logger.info("stopping")
        await withTaskGroup(of: Void.self) { group in
            for worker in workers { group.addTask { await worker.stop() } }
        }
        for task in tasks { task.cancel() }
        await pipeline.finish()
        queue.close()
        if await !feeder.storeRest() {
            logger.error("the last readings could not be stored", metadata: ["batches": "\(queue.fill.waiting)"])
        }
        await waitForReceivers()
        await withTaskGroup(of: Void.self) { group in
            for receiver in receivers { group.addTask { await receiver.stop(within: Self.disconnecting) } }
        }
        await outbox.close()
        await state.close()
        shell.stop()
        storeThread.shutdown()
        logger.info("stopped")
    }

    /// Gives receivers that are connected the time to take the last batch; who is away gets it after the next start.
    private func waitForReceivers() async {
        let deadline = time.bootTime() + Self.lastSending
        while time.bootTime() < deadline {
            let waiting = zip(receivers, outbox.status.receivers).contains {
                $0.status.connected && $1.unacknowledged > 0
            }
            guard waiting else { return }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Measured with 2,000 points on 8 lines and TLS: see the README's figures.
    private static func keepMemorySmall() async {
        try? await Task.sleep(for: .seconds(20))
        CLinux_forget_startup_pages()
        while !Task.isCancelled {
            CLinux_trim_heap()
            try? await Task.sleep(for: .seconds(60))
        }
    }
}
