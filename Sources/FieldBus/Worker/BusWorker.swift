package import GatewayModel
internal import Glibc
package import Logging
internal import Synchronization
internal import ThreadExecutor

/// Polls the devices of one bus, on a thread of its own, from `start` to `stop`.
///
/// Readings go to the sink on that thread, those of one transaction together. Nothing that happens on the bus ends
/// the worker: a port that is lost is opened again by its path, a device that is silent is probed.
package actor BusWorker {
    package nonisolated let id: String
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private nonisolated let executor: ThreadExecutor
    private nonisolated let wakeUp = WakeUp()
    /// What was on the line last.
    package nonisolated let recorder = FlightRecorder()
    private nonisolated let snapshot: Mutex<BusStatus>
    private nonisolated let progress: Atomic<Int64>
    /// What somebody has for the bus's thread.
    private nonisolated let inbox = Mutex(BusMail())
    private nonisolated let isStopping = Atomic(false)
    private nonisolated let task = Mutex<Task<Void, Never>?>(nil)

    private let bus: BusConfiguration
    private let devices: [DeviceConfiguration]
    private let points: [PointDefinition]
    private let sink: any ReadingSink
    private let signals: RunSignals
    private let scheduleOffset: @Sendable () -> Nanoseconds
    private let logger: Logger

    /// - Parameters:
    ///   - devices: those of this bus; others are left out.
    ///   - points: all points of the configuration, `points[i].index == i`.
    ///   - signals: what runs in the station, shared by its buses; nil: only this bus's own state points are looked at.
    ///   - scheduleOffset: UTC - CLOCK_BOOTTIME once the clock is trusted, 0 before. Called on the bus's thread at
    ///     least once a second; must not block.
    package init(
        bus: BusConfiguration, devices: [DeviceConfiguration], points: [PointDefinition], sink: any ReadingSink,
        logger: Logger, signals: RunSignals? = nil, scheduleOffset: @escaping @Sendable () -> Nanoseconds = { 0 }
    ) {
        id = bus.id
        self.bus = bus
        self.devices = devices.filter { $0.bus == bus.id }
        self.points = points
        self.sink = sink
        self.signals = signals ?? RunSignals(points)
        self.scheduleOffset = scheduleOffset
        var logger = logger
        logger[metadataKey: "bus"] = "\(bus.id)"
        self.logger = logger
        executor = ThreadExecutor(name: "bus-\(bus.id)")
        snapshot = Mutex(
            BusStatus(id: bus.id, devices: self.devices.map { DeviceStatus(id: $0.id, address: $0.address) }))
        progress = Atomic(SystemTime().bootTime().nanoseconds)
    }

    /// Opens the port and begins to poll; returns at once. A second call does nothing.
    package nonisolated func start() {
        task.withLock { task in
            guard task == nil, !isStopping.load(ordering: .acquiring) else { return }
            task = Task { await self.run() }
        }
    }

    /// Ends the polling, also in the middle of a wait for an answer, closes the port and joins the thread.
    package nonisolated func stop() async {
        isStopping.store(true, ordering: .releasing)
        wakeUp.signal()
        await task.withLock { $0 }?.value
        // The loop has ended, so this waits for a thread that is idle.
        executor.shutdown()
        snapshot.withLock { $0.state = .stopped }
    }

    /// Hands the bus what an earlier run learnt of its devices, by id; it is used from the next request on. Any thread.
    package nonisolated func adopt(_ learnt: [String: LearntDevice]) {
        inbox.withLock { $0.learnt = ($0.learnt ?? [:]).merging(learnt) { _, new in new } }
    }

    /// The device that answers under this id now is the right one, although its identity was another one before. Any
    /// thread.
    package nonisolated func accept(_ device: String) {
        _ = inbox.withLock { $0.accepted.insert(device) }
    }

    /// Searches the line in the gaps of the polling; `status.scan` tells how far it is. Joins a search that is going on.
    /// Serial lines only. Any thread.
    package nonisolated func search(_ plan: ScanPlan) {
        // Who asks at once is told of this one and not of the last.
        snapshot.withLock { if $0.scan?.isOver ?? true { $0.scan = plan } }
        inbox.withLock { $0.scan = plan }
    }

    /// Any thread; never waits for the bus.
    package nonisolated var status: BusStatus { snapshot.withLock { $0 } }

    /// When the worker last ended a transaction, a wait or an attempt to open its port. While it is well, that is never
    /// longer ago than 6 s or twice the longest response timeout.
    package nonisolated var lastProgress: BootTime {
        BootTime(nanoseconds: progress.load(ordering: .acquiring))
    }

    private func run() {
        if bus.isListenOnly { return listen() }
        let loop = BusLoop(
            bus: bus, devices: devices, points: points, sink: sink, logger: logger, wait: LineWait(wakeUp: wakeUp),
            recorder: recorder, signals: signals, offset: scheduleOffset)
        loop.run(
            until: { self.isStopping.load(ordering: .acquiring) },
            inbox: {
                self.inbox.withLock { inbox in
                    defer { inbox = BusMail() }
                    return inbox
                }
            },
            publish: { change in self.snapshot.withLock { change(&$0) } },
            progress: { self.progress.store($0.nanoseconds, ordering: .releasing) })
    }

    /// Another master polls this bus.
    private func listen() {
        let loop = ListenLoop(
            bus: bus, devices: devices, points: points, sink: sink, logger: logger, wait: LineWait(wakeUp: wakeUp),
            recorder: recorder, offset: scheduleOffset)
        loop.run(
            until: { self.isStopping.load(ordering: .acquiring) },
            publish: { change in self.snapshot.withLock { change(&$0) } },
            progress: { self.progress.store($0.nanoseconds, ordering: .releasing) })
    }
}
