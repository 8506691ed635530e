package import GatewayModel
package import Logging
package import ThreadExecutor

/// Durable state that is not batches, in a small file of its own (`state.sqlite`): damage to one file never touches
/// the other. Keys by namespace; written seldom.
///
/// Runs on the thread of its executor, where every call may block on the disk. Reads and writes before ``open()``, or
/// while the disk cannot be written, work on memory; what could not be written is written when it can be.
package actor StateStore {
    static let fileName = "state.sqlite"
    /// `max_page_count` of 1 KiB pages, twice what the values may take; the WAL can be as long once.
    static let pages: Int64 = 1024
    /// Frames in the WAL from which a commit is followed by a checkpoint.
    static let checkpointFrames = 64
    /// Bytes of one value; values in all, and their bytes with their names.
    package static let valueLimit = 16 << 10
    package static let countLimit = 4096
    package static let bytesLimit = 512 << 10

    private let directory: String
    private let time: any TimeSource
    private let logger: Logger
    private let executor: ThreadExecutor
    private let vfs: String?
    private var connection: Connection?
    private var isOpen = false
    private var values: [StateKey: [UInt8]] = [:]
    private var bytes = 0
    /// Values that were dropped because they are not what was written; since the start.
    package private(set) var damagedValues = 0
    /// Changed in memory and not in the file.
    private var unsaved: Set<StateKey> = []

    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter executor: may be the ``Outbox``'s.
    package init(directory: String, time: any TimeSource, executor: ThreadExecutor, logger: Logger) {
        self.init(directory: directory, time: time, executor: executor, logger: logger, vfs: nil)
    }

    /// - Parameter vfs: the SQLite VFS that tests let fail.
    package init(directory: String, time: any TimeSource, executor: ThreadExecutor, logger: Logger, vfs: String?) {
        self.directory = directory
        self.time = time
        self.executor = executor
        self.logger = logger
        self.vfs = vfs
    }

    /// Reads everything into memory (it is small). A damaged file is set aside and a new one begun with every value of
    /// it that can still be read and proves itself by its checksum.
    ///
    /// - Returns: why and where a damaged file was set aside; nil: all well.
    /// - Throws: `retryLater` when the directory cannot be written. The store then works in memory; call again.
    @discardableResult
    package func open() async throws(StorageError) -> SetAsideFile? {
        let aside = try reopen()
        isOpen = true
        save()
        return aside
    }

    /// For a directory that was not there at the start: what is in memory by now goes into the file.
    package func openIfClosed() async {
        guard !isOpen else { return }
        do { _ = try await open() } catch { logger.error("state cannot be written", metadata: ["error": "\(error)"]) }
    }

    /// Moves the WAL into the file and closes it.
    package func close() async {
        save()
        try? connection?.checkpoint()
        connection = nil
        isOpen = false
    }

    /// nil: never set.
    package func value(_ key: String, in namespace: String) -> [UInt8]? { values[StateKey(namespace, key)] }

    package func keys(in namespace: String) -> [String] {
        values.keys.filter { $0.namespace == namespace }.map(\.key).sorted()
    }

    /// Durable when this returns, while the disk can be written.
    ///
    /// - Parameter value: nil removes it; more than 16 KiB is refused.
    /// - Returns: false when it is in memory only: too large or too many (then it is dropped), or the disk failed
    ///   (then it is written by a later call).
    @discardableResult
    package func set(_ key: String, in namespace: String, to value: [UInt8]?) -> Bool {
        hold(value, as: StateKey(namespace, key)) && save()
    }

    /// Several values in one transaction, so that the disk is written once; as ``set(_:in:to:)`` for each. What is too
    /// large or too many is dropped, the others are kept.
    @discardableResult
    package func set(_ changes: [(key: String, value: [UInt8]?)], in namespace: String) -> Bool {
        var fits = true
        for (key, value) in changes where !hold(value, as: StateKey(namespace, key)) { fits = false }
        return save() && fits
    }

    /// In memory, to be saved. false: no room for it.
    private func hold(_ value: [UInt8]?, as key: StateKey) -> Bool {
        guard values[key] != value else { return true }
        if let value {
            guard value.count <= Self.valueLimit, values[key] != nil || values.count < Self.countLimit,
                bytes - size(of: key) + key.size + value.count <= Self.bytesLimit
            else { return false }
        }
        bytes -= size(of: key)
        values[key] = value
        bytes += size(of: key)
        unsaved.insert(key)
        return true
    }

    private func size(of key: StateKey) -> Int { values[key].map { key.size + $0.count } ?? 0 }

    /// Writes what could not be written before. Returns true when nothing is left to write.
    @discardableResult
    package func save() -> Bool {
        guard !unsaved.isEmpty else { return true }
        guard isOpen else { return false }
        do {
            if connection == nil { try reopen() }
            guard let connection else { return false }
            try connection.transaction { () throws(StorageError) in
                for key in unsaved { try write(key, to: connection) }
            }
            unsaved = []
            if connection.walFrames >= Self.checkpointFrames { try connection.checkpoint() }
        } catch {
            // Reopened and read whole before the next write: what the page cache says after an error is not believed,
            // and what a failed commit has left in the WAL must not be taken for one that damage hides.
            connection = nil
            logger.warning("state not written", metadata: ["error": "\(error)"])
        }
        return unsaved.isEmpty
    }

    private func write(_ key: StateKey, to connection: Connection) throws(StorageError) {
        if let value = values[key] {
            try StateFile.write(value, as: key, to: connection)
        } else {
            try connection.run(
                "DELETE FROM state WHERE namespace = ? AND key = ?", .text(key.namespace), .text(key.key))
        }
    }

    @discardableResult
    private func reopen() throws(StorageError) -> SetAsideFile? {
        connection = nil
        do {
            try load()
            return nil
        } catch {
            guard error.code.meansDamage || SetAside.isUnusable("\(directory)/\(Self.fileName)", error) else {
                throw error
            }
            let path = "\(directory)/\(Self.fileName)"
            let rescued = StateFile.rescue(path, vfs: vfs)
            let name = try SetAside.move(Self.fileName, in: directory, at: time.realTime())
                .map { SetAside.markSearched($0, in: directory) }
            logger.error(
                "damaged state file set aside",
                metadata: [
                    "file": "\(name ?? "removed")", "error": "\(error)", "rescued": "\(rescued.count) values",
                ])
            // What is in memory is newer, and goes into the new file.
            for (key, value) in rescued where values[key] == nil && !unsaved.contains(key) { values[key] = value }
            unsaved.formUnion(values.keys)
            try load()
            return SetAsideFile(name: name, reason: error.description)
        }
    }

    private func load() throws(StorageError) {
        let (file, hidden) = try StateFile.open("\(directory)/\(Self.fileName)", pages: Self.pages, vfs: vfs)
        let (stored, damaged) = try StateFile.values(in: file)
        if hidden > 0 { logger.error("values got out of a damaged WAL", metadata: ["values": "\(hidden)"]) }
        for (key, value) in stored where !unsaved.contains(key) { values[key] = value }
        if !damaged.isEmpty {
            damagedValues += damaged.count
            logger.error(
                "damaged values dropped", metadata: ["keys": "\(damaged.prefix(8).map(\.key).sorted())"])
            // Written anew or removed with the next save.
            unsaved.formUnion(damaged)
        }
        bytes = values.keys.reduce(0) { $0 + size(of: $1) }
        connection = file
    }
}
