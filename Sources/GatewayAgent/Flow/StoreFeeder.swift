internal import GatewayModel
internal import Logging
internal import Storage
internal import Telemetry

/// Carries sealed batches from the queue to the disk: opens the store, appends in order, tries again while it is full
/// or gone. The bus never waits for any of it.
actor StoreFeeder {
    /// Between two tries while the store cannot be written.
    static let pause = Duration.seconds(1)
    /// Batches of one transaction at most, when several wait.
    static let largestGroup = 16
    /// How often the store does what is due by time: unsaved acknowledgements, age, held-back batches.
    static let upkeep = Duration.seconds(5)

    private let outbox: Outbox
    private let queue: StoreQueue
    private let dictionary: DictionaryText
    private let logger: Logger
    private var isOpen = false
    private var hasDictionary = false
    /// 1 while looking for the batch of a group that the store refuses.
    private var group = StoreFeeder.largestGroup

    init(outbox: Outbox, queue: StoreQueue, dictionary: DictionaryText, logger: Logger) {
        self.outbox = outbox
        self.queue = queue
        self.dictionary = dictionary
        self.logger = logger
    }

    /// Opens the store, however long it takes.
    func open() async -> OpenReport? {
        while !Task.isCancelled {
            do {
                let report = try await outbox.open()
                isOpen = true
                return report
            } catch {
                logger.error("store cannot be opened, batches wait in memory", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: Self.pause)
            }
        }
        return nil
    }

    /// Stores what the queue brings until it is closed. `stored`: called after each success; then gap records may
    /// wait that the store made (evicted or damaged batches) and that a next batch must carry.
    func run(stored: @escaping @Sendable () async -> Void) async {
        for await _ in queue.signals { await storeAll(stored) }
    }

    func keepUp() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.upkeep)
            await outbox.maintain()
        }
    }

    /// At the end: stores what is left; gives up at the first failure.
    /// - Returns: false when batches are left that could not be stored.
    func storeRest() async -> Bool {
        guard isOpen else { return queue.fill.waiting == 0 }
        while queue.fill.waiting > 0 {
            guard await storeSome() else { break }
        }
        return queue.fill.waiting == 0
    }

    private func storeAll(_ stored: @Sendable () async -> Void) async {
        while queue.fill.waiting > 0 && !Task.isCancelled {
            if await storeSome() {
                await stored()
            } else {
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    private func storeSome() async -> Bool {
        let items = queue.oldest(group)
        guard !items.isEmpty else { return true }
        do {
            if !hasDictionary {
                try await outbox.ensureDictionary(dictionary.id, json: dictionary.json)
                hasDictionary = true
            }
            _ = try await outbox.append(items.map(\.batch), consuming: items.flatMap(\.consumes))
            queue.remove(items)
            group = Self.largestGroup
            return true
        } catch {
            return recover(from: error, items)
        }
    }

    /// Whether it is worth going on at once.
    private func recover(from error: StorageError, _ items: [StoreQueue.Item]) -> Bool {
        switch error.recovery {
        case .retryLater: return false
        case .ensureDictionary:
            hasDictionary = false
            return true
        case .giveUp where items.count > 1:
            group = 1
            return true
        case .giveUp:
            logger.error("a batch cannot be stored and is dropped", metadata: ["error": "\(error)"])
            queue.remove(items)
            return true
        }
    }
}
