internal import GatewayModel
internal import Logging
internal import Storage
internal import Telemetry

/// Carries sealed batches from the queue to the disk: opens the store, appends in order, tries again while it is full
/// or gone. The bus never waits for any of it.
actor StoreFeeder {
    /// Batches of one transaction at most, when several wait.
    static let largestGroup = 16
    /// The store may fail for so long before batches are sent from memory.
    static let patience: Nanoseconds = .seconds(3)

    private let outbox: Outbox
    private let queue: StoreQueue
    private let dictionary: DictionaryText
    private let time: any TimeSource
    private let logger: Logger
    /// What counters have counted, at least as much as any batch in the queue tells.
    private let counts: @Sendable () -> [CounterTotal]
    private var isOpen = false
    private var hasDictionary = false
    /// 1 while looking for the batch of a group that the store refuses.
    private var group = StoreFeeder.largestGroup
    private var failingSince: BootTime?
    /// Gaps inside batches that were sent from memory or kept under another key, still to be taken out of the store.
    private var consumed: [PendingGap.ID] = []
    /// The same of totals that such batches tell.
    private var totals: [CounterTotal] = []
    /// Since they were taken last.
    private var durable: [CounterTotal] = []

    init(
        outbox: Outbox, queue: StoreQueue, dictionary: DictionaryText, time: any TimeSource, logger: Logger,
        counts: @escaping @Sendable () -> [CounterTotal]
    ) {
        self.counts = counts
        self.outbox = outbox
        self.queue = queue
        self.dictionary = dictionary
        self.time = time
        self.logger = logger
    }

    /// One try to open the store; nil: it cannot be opened now.
    func open() async -> OpenReport? {
        do {
            let report = try await outbox.open()
            isOpen = true
            // What waits is stored at once, and then no receiver is served from memory any more.
            failingSince = nil
            return report
        } catch {
            await failed("\(error)")
            return nil
        }
    }

    /// The store cannot be opened or written now. For some seconds that is borne; then receivers are served from memory.
    func failed(_ reason: String) async {
        let now = time.bootTime()
        if failingSince == nil {
            logger.error("store cannot be written, batches wait in memory", metadata: ["error": "\(reason)"])
        }
        failingSince = failingSince ?? now
        guard let failingSince, now - failingSince >= Self.patience, !queue.isVolatile else { return }
        logger.warning("batches are sent from memory until the store can be written")
        queue.beginVolatile()
    }

    /// At the end: stores what is left; gives up at the first failure.
    func storeRest() async {
        guard isOpen else { return }
        while queue.fill.waiting > 0 {
            guard await storeSome() else { return }
        }
    }

    /// Stores the oldest that wait, in one transaction. False: it is not worth going on at once.
    func storeSome() async -> Bool {
        let entries = queue.claim(group)
        guard let first = entries.first else {
            recovered()
            return true
        }
        let delivered = queue.takeDelivered()
        consumed += delivered.consumed
        totals += delivered.totals
        do {
            if !hasDictionary {
                try await outbox.ensureDictionary(dictionary.id, json: dictionary.json)
                hasDictionary = true
            }
            if first.sent == nil {
                let told = totals + entries.flatMap(\.item.totals)
                try await outbox.append(
                    entries.map(\.item.batch), consuming: consumed + entries.flatMap(\.item.consumes),
                    totals: told + counts())
                (consumed, totals) = ([], [])
                durable += told
            } else {
                try await adopt(entries)
            }
            queue.remove(entries)
            group = Self.largestGroup
            if queue.fill.waiting == 0 { recovered() }
            return true
        } catch {
            return await recover(from: error, entries)
        }
    }

    /// Batches that receivers know by a key already keep it in the store.
    private func adopt(_ entries: [StoreQueue.Entry]) async throws(StorageError) {
        let batches = entries.compactMap { entry in
            entry.sent.map { ForeignBatch(batch: $0, acknowledgedBy: entry.acknowledged.sorted()) }
        }
        let told = totals + entries.flatMap(\.item.totals)
        try await outbox.adopt(batches, totals: told)
        consumed += entries.flatMap(\.item.consumes)
        totals = []
        durable += told
    }

    /// Totals that have become durable since the last call.
    func takeDurable() -> [CounterTotal] {
        defer { durable = [] }
        return durable
    }

    private func recovered() {
        failingSince = nil
        guard queue.isVolatile else { return }
        queue.endVolatile()
        logger.info("batches are sent from the store again")
    }

    /// Whether it is worth going on at once.
    private func recover(from error: StorageError, _ entries: [StoreQueue.Entry]) async -> Bool {
        switch error.recovery {
        case .retryLater:
            await failed("\(error)")
            queue.release(entries)
            return false
        case .ensureDictionary:
            queue.release(entries)
            hasDictionary = false
            return true
        case .giveUp where entries.count > 1:
            queue.release(entries)
            group = 1
            return true
        case .giveUp:
            logger.error("a batch cannot be stored and is dropped", metadata: ["error": "\(error)"])
            queue.remove(entries)
            return true
        }
    }
}
