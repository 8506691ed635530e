internal import GatewayModel
internal import Logging

extension Outbox {
    /// The file, reopened first when an error made that necessary.
    func openedFile() throws(StorageError) -> OutboxFile {
        guard isOpen else { throw .notOpen }
        if file == nil || mustReopen { try reopen() }
        guard let file else { throw .notOpen }
        // A checkpoint that failed is tried again before the WAL may grow further.
        if file.connection.walFrames >= layout.checkpointFrames { try file.connection.checkpoint() }
        return file
    }

    /// After an I/O error the file is closed, opened and read whole before anything is believed or written again
    /// (library facts 4.6); a damaged one is set aside.
    private func reopen() throws(StorageError) {
        let now = time.bootTime()
        guard reopening.mayTry(at: now) else {
            throw StorageError(.retryLater, operation: "reopen", message: trouble ?? "waiting for the disk")
        }
        if let damage {
            _ = try beginAnew(because: damage)
        } else {
            _ = try openFile(verifying: true)
        }
        reopening = ReopeningPace()
        recovered()
        logger.info("store reopened", metadata: ["batches": "\(index.stored.count)"])
    }

    /// Notes an error, and what has to happen before the next write.
    func fail(_ error: StorageError) {
        if trouble == nil { logger.error("store cannot be written", metadata: ["error": "\(error)"]) }
        trouble = error.description
        // Others have filled the disk: the reserve is what they could not take.
        if error.code.primary == .full { releaseReserve() }
        if error.code.meansDamage {
            damage = error
            mustReopen = true
        } else if [.ioError, .readonly, .cannotOpen].contains(error.code.primary) {
            mustReopen = true
        }
    }

    func recovered() {
        if trouble != nil { logger.info("store can be written again") }
        trouble = nil
    }

    /// Does something that the caller need not wait for: an error is noted, and the matter comes up again.
    func attempt(_ what: String, _ body: () throws(StorageError) -> Void) {
        do {
            try body()
        } catch {
            guard isOpen || file != nil else { return }
            fail(error)
        }
    }

    /// Checkpoints are made here and not by SQLite, which would hide their errors.
    func checkpointIfDue(_ file: OutboxFile) {
        guard file.connection.walFrames >= layout.checkpointFrames else { return }
        attempt("checkpoint") { () throws(StorageError) in try file.connection.checkpoint() }
    }
}

/// How often a failing store is reopened: after 1 s, then twice as long each time, up to 60 s.
struct ReopeningPace: Hashable, Sendable {
    private var next = BootTime(nanoseconds: 0)
    private var pause: Nanoseconds = .seconds(1)

    mutating func mayTry(at now: BootTime) -> Bool {
        guard now >= next else { return false }
        next = now + pause
        pause = min(pause * 2, .seconds(60))
        return true
    }
}
