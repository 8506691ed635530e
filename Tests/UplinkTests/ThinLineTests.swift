import Foundation
import GatewayModel
import GatewayTestSupport
import Logging
import Storage
import Synchronization
import Telemetry
import Testing
import ThreadExecutor

@testable import Uplink

/// The real store, libmosquitto, a real broker, TCP: a month's backlog before a thin line, for some minutes of real
/// time. What becomes of it in the end is `BacklogDrainTests`' part.
@Suite(
    .enabled(if: ProcessInfo.processInfo.environment["LONG"] != nil, "takes minutes: Scripts/test --all"), .serialized)
struct ThinLineTests {
    /// 30 days, a batch a minute.
    private static let month = 43_200
    /// 2,000 readings at 1.8 bytes, the most that was measured for one cycle a batch.
    private static let batchBytes = 3_600
    /// 40 kbit/s.
    private static let rate = 5_000.0

    @Test(.timeLimit(.minutes(20)))
    func aMonthInTheRealStoreLeavesLiveInTimeAndMemoryFlat() async throws {
        signal(SIGPIPE, SIG_IGN)
        let minutes = ProcessInfo.processInfo.environment["LONG"].flatMap { Int64($0) }.map { max($0, 3) } ?? 5
        let store = try await MonthStore(batches: Self.month, bytes: Self.batchBytes)
        let broker = try Broker()
        try broker.start()
        let relay = BrokerRelay(to: broker.port, faults: .init(rate: Self.rate, delay: .milliseconds(150)))
        // Not through the relay: the platform's own link is not thin. Its output lies in this process, so it is short.
        let platform = try BrokerSubscriber(port: broker.port, topic: "dg/1/+/batch", format: "%t|%l")
        let receiver = Receiver(
            configuration: UplinkConfiguration(
                id: "city", profile: .batch, mqtt: MQTTConfiguration(host: "127.0.0.1", port: relay.port)),
            index: 0, gatewayID: Station.gateway, source: store.outbox, renderer: StoredBytesRenderer(),
            meta: { Array("{}".utf8) }, health: { [] }, logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() },
            seed: 11)
        store.outbox.setListener { receiver.notify($0) }
        receiver.start()
        try await eventually("connected", within: .seconds(30)) { receiver.status.connected }
        try await eventually("the newest is acknowledged", within: .seconds(5)) { receiver.status.acknowledged == 1 }
        #expect(receiver.status.lastAcknowledged?.sequence == UInt64(Self.month))

        var (delays, memory): ([Duration], [Int]) = ([], [])
        var carriedBefore = 0
        let end = ContinuousClock.now + .seconds(minutes * 60)
        var next = ContinuousClock.now
        while ContinuousClock.now < end {
            // A batch each 10 s: six times as often as the month's, for more samples.
            next += .seconds(10)
            let sealed = ContinuousClock.now
            let key = try await store.seal()
            try await eventually("live arrives", within: .seconds(30)) {
                await !store.isWaiting(key)
            }
            delays.append(ContinuousClock.now - sealed)
            if delays.count == 6 { carriedBefore = relay.carried }
            if delays.count >= 6 { memory.append(residentKiB()) }
            try await Task.sleep(until: next)
        }
        let carried = Double(relay.carried - carriedBefore) / (Double(delays.count - 6) * 10)
        let status = receiver.status
        let left = store.outbox.status.receivers[0].unacknowledged
        let hours = Double(try #require(status.backlog.timeLeft(for: left))) / 3.6e12
        let slowest = try #require(delays.max())
        let growth = (memory.suffix(6).min() ?? 0) - (memory.prefix(6).max() ?? 0)
        print(
            "thin line: \(delays.count) live batches, the slowest after \(slowest), \(carried) bytes/s of \(Self.rate), "
                + "\(left) batches left, \(hours) h left by status, link \(status.backlog.linkBytesPerSecond ?? 0) bytes/s, "
                + "memory \(memory.first ?? 0) KiB, then \(growth) KiB more")
        #expect(slowest < .seconds(30), "live is never later than 30 s")
        #expect((0.40...0.85).contains(carried / Self.rate), "half of the line for the backlog, and the live batches")
        #expect((12...40).contains(hours), "43,200 batches at some 2.5 kB/s")
        #expect(growth < 4_000, "KiB")
        #expect(status.reconnects == 0)
        #expect(status.resent == 0)
        await receiver.stop(within: .seconds(10))
        platform.end()
        await store.close()
    }
}

/// A store with a month of batches in a temporary directory.
final class MonthStore: Sendable {
    let outbox: Outbox
    private let directory: String
    private let executor = ThreadExecutor(name: "store")
    private let boot = BootID.random()
    private let bytes: Int
    private let anchor: WallAnchor

    init(batches: Int, bytes: Int) async throws {
        self.bytes = bytes
        directory = NSTemporaryDirectory() + "dg-month-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let time = SystemTime()
        anchor = WallAnchor(bootTime: time.bootTime(), realTime: time.realTime(), error: 0)
        outbox = Outbox(
            directory: directory, receivers: [OutboxReceiver(id: "city", must: true)],
            configuration: StoreConfiguration(size: 512 << 20), boot: boot, time: time, executor: executor,
            logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await outbox.open()
        await outbox.setAnchor(anchor)
        try await outbox.ensureDictionary(.sample, json: Array(#"{"points":[]}"#.utf8))
        for start in stride(from: 0, to: batches, by: 16) {
            try await outbox.append((start..<min(start + 16, batches)).map { _ in batch() })
        }
    }

    func seal() async throws -> BatchKey { try await outbox.append(batch()).key }

    func isWaiting(_ key: BatchKey) async -> Bool {
        await outbox.unacknowledged(by: 0, before: nil, limit: 1).first == key
    }

    private func batch() -> SealedBatch {
        var random = SystemRandomNumberGenerator()
        let words = (0..<bytes / 8).map { _ in random.next() }
        let now = SystemTime().bootTime()
        return SealedBatch(
            boot: boot, anchor: anchor, dictionary: .sample, readings: 2_000, first: now - .seconds(1), last: now,
            body: words.withUnsafeBytes { Array($0) })
    }

    func close() async {
        await outbox.close()
        executor.shutdown()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
