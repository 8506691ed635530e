internal import GatewayModel
internal import Logging
internal import Storage
internal import Telemetry

/// Carries sealed batches from the queue to the disk: opens the store, appends in order, tries again while it is full
/// or gone. The bus never waits for any of it.
actor StoreFeeder {
    /// Batches of one transaction at most, when several wait.
    static let largestGroup = 16

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

    /// One try to open the store; nil: it cannot be opened now.
    func open() async -> OpenReport? {
        do {
            let report = try await outbox.open()
            isOpen = true
            return report
        } catch {
            logger.error("store cannot be opened, batches wait in memory", metadata: ["error": "\(error)"])
            return nil
        }
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
