package import GatewayModel
package import Logging
internal import Synchronization
internal import Telemetry
package import ThreadExecutor

/// The store of sealed batches: durable before they are sent, kept until acknowledged, bounded in bytes and age.
///
/// Runs on the thread of its executor, where every call may block on the disk; callers await and are never blocked.
/// Before ``open()`` has succeeded there are no batches and ``append(_:consuming:)`` throws.
package actor Outbox {
    package nonisolated let directory: String
    let receivers: [OutboxReceiver]
    let configuration: StoreConfiguration
    let layout: StoreLayout
    let boot: BootID
    let time: any TimeSource
    let logger: Logger
    let vfs: String?
    /// Readings that a batch made of several holds at most.
    let largestBatch: Int
    let localDays: LocalDays
    private let executor: ThreadExecutor

    /// Between ``open()`` and ``close()``.
    var isOpen = false
    /// nil: not open, or closed after an error and to be reopened.
    var file: OutboxFile?
    /// The epoch that the members below speak of.
    var epochInMemory: Epoch?
    var index: OutboxIndex
    var bootRecord: BootRecord
    var dictionaries: [DictionaryUse] = []
    var gaps: [GapRecord] = []
    /// Batches of other epochs, oldest epoch first.
    var foreign: [ForeignEpoch] = []
    var foreignAcknowledgements = UnsavedAcknowledgements()
    /// Damaged files that are still to be searched; the first is being searched once `salvage` is set.
    var pendingSalvages: [String] = []
    var salvage: SalvageJob?
    var salvaged: UInt64 = 0
    var totals: [String: Int64] = [:]
    var nextGapID: Int64 = 1
    var holdBack = HoldBack()
    /// This boot's clock anchor, and whether the file knows it.
    var anchor: WallAnchor?
    var anchorIsSaved = false
    var acknowledgements = UnsavedAcknowledgements()
    var lastReading: BatchTime?
    var times = BatchTimesCache()
    var mark: CommitMarkFile?
    /// Batches of an append whose COMMIT failed, one group at most: they may lie in the file and are deleted before it
    /// is believed again.
    var disowned: [StoredBatch] = []
    /// The file must be closed, reopened and verified before the next write.
    var mustReopen = false
    /// Why it must be set aside rather than reopened.
    var damage: StorageError?
    var reopening = ReopeningPace()
    /// When the oldest batch's age is not known, those behind it are looked at no earlier than this.
    var nextHiddenAgeCheck = BootTime(nanoseconds: 0)
    var nextReserveCheck = BootTime(nanoseconds: 0)
    var lastEvictionLog: BootTime?
    var lastDamageLog: BootTime?
    var evicted: UInt64 = 0
    var thinned: UInt64 = 0
    var reblocked: UInt64 = 0
    /// When a receiver was last heard of.
    var lastAsked = BootTime(nanoseconds: 0)
    var pointClasses: [(id: DictionaryID, classes: PointClasses)] = []
    var damaged: UInt64 = 0
    var lastCommit: Nanoseconds = 0
    var slowestCommit: Nanoseconds = 0
    var trouble: String?

    private nonisolated let published = Mutex(OutboxStatus())
    private nonisolated let listener = Mutex<Listener?>(nil)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - directory: where `outbox.sqlite` lies; exists and is writable by this process only.
    ///   - receivers: one to four, in the order of the configured uplinks.
    ///   - configuration: `size` below 1 MiB counts as 1 MiB.
    ///   - boot: the running boot.
    ///   - executor: the store's thread; may be shared with a ``StateStore``.
    ///   - largestBatch: readings that a batch made of several holds at most.
    ///   - localDays: of which the last good reading is kept longest.
    package init(
        directory: String, receivers: [OutboxReceiver], configuration: StoreConfiguration, boot: BootID,
        time: any TimeSource, executor: ThreadExecutor, logger: Logger, largestBatch: Int = 4_096,
        localDays: LocalDays = .utc
    ) {
        self.init(
            directory: directory, receivers: receivers, configuration: configuration, boot: boot, time: time,
            executor: executor, logger: logger, vfs: nil, largestBatch: largestBatch, localDays: localDays)
    }

    /// - Parameter vfs: the SQLite VFS that tests let fail.
    package init(
        directory: String, receivers: [OutboxReceiver], configuration: StoreConfiguration, boot: BootID,
        time: any TimeSource, executor: ThreadExecutor, logger: Logger, vfs: String?, largestBatch: Int = 4_096,
        localDays: LocalDays = .utc
    ) {
        self.directory = directory
        self.receivers = receivers
        self.configuration = configuration
        self.layout = StoreLayout(size: configuration.size)
        self.boot = boot
        self.time = time
        self.executor = executor
        self.logger = logger
        self.vfs = vfs
        self.largestBatch = min(max(largestBatch, 1), BatchContent.maximumReadings)
        self.localDays = localDays
        index = OutboxIndex(receivers: receivers)
        bootRecord = BootRecord(id: boot, firstSequence: 1, releasedThrough: 0)
    }

    /// The store as it was after the last operation. Any thread; never waits for the disk.
    package nonisolated var status: OutboxStatus { published.withLock { $0 } }

    nonisolated func publish(_ status: OutboxStatus) { published.withLock { $0 = status } }

    /// Sets who is told, on the store's thread, that batches have become durable and may be sent: the newest of them.
    /// There may be more, and some are found by asking only, so an uplink asks the ``GatewayModel/BatchSource`` too.
    package nonisolated func setListener(_ body: (@Sendable (StoredBatch) -> Void)?) {
        listener.withLock { $0 = body.map(Listener.init) }
    }

    nonisolated func tell(_ batch: StoredBatch) { listener.withLock { $0 }?.body(batch) }

    /// A closure in a `Mutex` by itself is wrapped once more by every look at it (Swift 6.3: a reabstraction thunk, for
    /// ever): after half a day the call overflowed the store's stack. Inside a struct it stays as it is.
    private struct Listener: Sendable {
        let body: @Sendable (StoredBatch) -> Void
    }
}
