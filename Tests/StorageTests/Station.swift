import Foundation
import GatewayModel
import Logging
import Synchronization
import Telemetry
import Testing
import ThreadExecutor

@testable import Storage

/// A directory, a clock driven by hand, and batches to put into a store.
final class Station: Sendable {
    static let dictionary = identifier(1)
    static let noon: Nanoseconds = 1_795_262_400 * .seconds(1)

    let directory: String
    let time = HandClock()
    let executor: ThreadExecutor
    let configuration: StoreConfiguration
    let vfs: String?

    init(
        size: Int64 = 16 << 20, age: Nanoseconds = .seconds(90 * 86_400), vfs: String? = nil, name: String = "store"
    ) throws {
        // In memory where possible: hundreds of stores are made here, and no test tells a disk's speed.
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm")
        let root = memory ? "/dev/shm/" : NSTemporaryDirectory()
        directory = root + "dg-\(name)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        configuration = StoreConfiguration(size: size, age: age)
        executor = ThreadExecutor(name: "test-store")
        self.vfs = vfs
    }

    deinit {
        executor.shutdown()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func outbox(_ receivers: [OutboxReceiver] = [.city], boot: BootID = .first) -> Outbox {
        Outbox(
            directory: directory, receivers: receivers, configuration: configuration, boot: boot, time: time,
            executor: executor, logger: .silent, vfs: vfs)
    }

    /// The store of a copy of this station's files.
    func outbox(in directory: String, receivers: [OutboxReceiver] = [.city], boot: BootID = .first) -> Outbox {
        Outbox(
            directory: directory, receivers: receivers, configuration: configuration, boot: boot, time: time,
            executor: executor, logger: .silent)
    }

    /// The store of another directory on this station's VFS.
    func outbox(at directory: String, _ receivers: [OutboxReceiver], boot: BootID = .first) -> Outbox {
        Outbox(
            directory: directory, receivers: receivers, configuration: configuration, boot: boot, time: time,
            executor: executor, logger: .silent, vfs: vfs)
    }

    func state(at directory: String) -> StateStore {
        StateStore(directory: directory, time: time, executor: executor, logger: .silent, vfs: vfs)
    }

    /// Opened, with the dictionary known.
    func open(_ receivers: [OutboxReceiver] = [.city], boot: BootID = .first) async throws -> (Outbox, OpenReport) {
        let outbox = outbox(receivers, boot: boot)
        let report = try await outbox.open()
        try await outbox.ensureDictionary(Self.dictionary, json: Array("{}".utf8))
        return (outbox, report)
    }

    /// Opened in a boot whose clock is known, so that nothing is held back.
    func openAnchored(
        _ receivers: [OutboxReceiver] = [.city], boot: BootID = .first
    ) async throws -> (Outbox, OpenReport) {
        let (outbox, report) = try await open(receivers, boot: boot)
        await outbox.setAnchor(anchor)
        return (outbox, report)
    }

    var anchor: WallAnchor {
        WallAnchor(bootTime: BootTime(nanoseconds: 0), realTime: Self.noon, error: .milliseconds(10))
    }

    /// A batch with readings of the last second.
    func batch(
        bytes: Int = 200, anchored: Bool = true, boot: BootID = .first, dictionary: DictionaryID = dictionary,
        fill: UInt8? = nil, body: [UInt8]? = nil, urgent: Bool = false
    ) -> SealedBatch {
        let now = time.bootTime()
        return SealedBatch(
            boot: boot, anchor: anchored ? anchor : nil, dictionary: dictionary, readings: 1,
            first: now - .seconds(1), last: now, urgent: urgent,
            body: body ?? fill.map { [UInt8](repeating: $0, count: bytes) } ?? Self.noise(bytes))
    }

    /// Random bytes, eight at a time: a debug build makes many of them.
    static func noise(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<(count / 8 + 1)).map { _ in generator.next() }
        return words.withUnsafeBytes { [UInt8]($0.prefix(count)) }
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func fileSize(_ name: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path(name))
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// Bytes of all the outbox's files.
    var footprint: Int64 {
        ["outbox.sqlite", "outbox.sqlite-wal", "outbox.sqlite-shm", "outbox.mark", "outbox.reserve"].reduce(0) {
            $0 + fileSize($1)
        }
    }

    static func identifier(_ number: UInt8) -> DictionaryID {
        guard let id = DictionaryID(bytes: [0, 0, 0, 0, 0, 0, 0, number]) else { preconditionFailure("8 bytes") }
        return id
    }
}

/// Time that moves only when a test says so.
final class HandClock: TimeSource {
    private let now = Mutex(BootTime(nanoseconds: .seconds(1000)))

    func bootTime() -> BootTime { now.withLock { $0 } }
    func realTime() -> Nanoseconds { Station.noon + bootTime().nanoseconds }
    func advance(_ span: Nanoseconds) { now.withLock { $0 = $0 + span } }
    func set(_ time: BootTime) { now.withLock { $0 = time } }
}

extension OutboxReceiver {
    static let city = OutboxReceiver(id: "city", must: true)
    static let company = OutboxReceiver(id: "company", must: true)
    static let museum = OutboxReceiver(id: "museum", must: false)
}

extension BootID {
    static let first = numbered(1)
    static let second = numbered(2)

    private static func numbered(_ number: UInt8) -> BootID {
        guard let id = BootID(bytes: [UInt8](repeating: number, count: 16)) else { preconditionFailure("16 bytes") }
        return id
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension Outbox {
    var statementsRun: Int { file?.connection.statementsRun ?? 0 }
    /// Rows that were stepped over for want of an index.
    var fullScanSteps: Int { file?.connection.fullScanSteps ?? 0 }

    /// What lies in the file, whether it may be sent or not.
    func storedBatch(_ sequence: UInt64) -> SealedBatch? {
        (try? file?.envelope(of: sequence)).flatMap { $0 }?.0.batch
    }

    /// Sequences that a receiver has still to get.
    func waiting(_ receiver: ReceiverIndex = 0, limit: Int = .max) async -> [UInt64] {
        await unacknowledged(by: receiver, after: nil, limit: limit).map(\.sequence)
    }

    func acknowledge(sequences: some Sequence<UInt64>, by receiver: ReceiverIndex = 0) async {
        guard let epoch = status.epoch else { return }
        await acknowledge(sequences.map { BatchKey(epoch: epoch, sequence: $0) }, by: receiver)
    }
}

/// Collects what a listener is told.
final class Heard: Sendable {
    private let list = Mutex<[StoredBatch]>([])
    func note(_ batch: StoredBatch) { list.withLock { $0.append(batch) } }
    var batches: [StoredBatch] { list.withLock { $0 } }
    var sequences: [UInt64] { batches.map(\.key.sequence) }
}
