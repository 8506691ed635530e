import Foundation
import GatewayModel
import GatewayTestSupport
import Storage
import Synchronization
import Telemetry
import Testing
import ThreadExecutor

@testable import GatewayAgent

/// Goal: an fsync of 5 s delays no bus at all, and live values by no more than its own length and one `seal`. Method:
/// the data path at its real pace on a disk whose next sync takes 5 s, with a thread that reads as a bus does.
@Suite struct SlowDiskTests {
    private static let seal = Nanoseconds.seconds(1)
    private static let fsync = Nanoseconds.seconds(5)

    @Test func aSyncOfFiveSecondsDelaysNoBusAndLiveValuesByItselfAndOneSeal() async throws {
        let time = SystemTime()
        let directory = NSTemporaryDirectory() + "dg-slow-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let disk = FaultyDisk(directory: directory)
        let executor = ThreadExecutor(name: "test-slow")
        defer { executor.shutdown() }
        let path = FlowStation.path(FlowStation.configuration(seal: Self.seal), directory, time, executor)
        let delays = Delays()
        path.setListener { delays.note($0, at: time.bootTime()) }
        await path.recallClock()
        _ = await path.lookAtClock()
        #expect(await path.openStore())

        let bus = Bus(ring: path.ring, time: time)
        let gathering = Task {
            while !Task.isCancelled {
                await path.gather()
                try? await Task.sleep(for: DataPath.round)
            }
        }
        let storing = Task {
            for await _ in path.queue.signals { while await path.storeWaiting() { await Task.yield() } }
        }
        await delays.wait { $0.count >= 2 }
        disk.delayNextSync(5)
        await delays.wait { $0.longest > Self.fsync }
        let met = delays.result.count
        await delays.wait { $0.count >= met + 3 }
        bus.stop()
        gathering.cancel()
        _ = await path.finish()
        storing.cancel()
        await path.close()

        let (longest, values) = delays.result
        print(
            "an fsync of 5 s: a bus waited \(bus.longestWait / 1_000_000) ms at most, live values",
            "\(longest / 1_000_000) ms, \(values) batches")
        // The machine that runs the tests may be busy: half a second of grace.
        #expect(bus.longestWait < .milliseconds(500))
        #expect(longest < Self.fsync + 2 * Self.seal + .milliseconds(500))
        #expect(longest > Self.fsync, "the slow sync was met")
        #expect(values >= 4)
    }

    /// Opening a store that takes long keeps nobody from reading: what is read meanwhile waits in memory.
    @Test func aStoreThatOpensSlowlyKeepsNobodyFromReading() async throws {
        let time = SystemTime()
        let directory = NSTemporaryDirectory() + "dg-slow-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let disk = FaultyDisk(directory: directory)
        let executor = ThreadExecutor(name: "test-slow")
        defer { executor.shutdown() }
        let path = FlowStation.path(FlowStation.configuration(seal: Self.seal), directory, time, executor)
        let bus = Bus(ring: path.ring, time: time)
        disk.delayNextSync(4)
        let opening = Task { await path.openStore() }
        let begin = ContinuousClock.now
        while path.queue.fill.waiting == 0, ContinuousClock.now - begin < .seconds(20) {
            await path.gather()
            try await Task.sleep(for: DataPath.round)
        }
        let sealed = ContinuousClock.now - begin
        #expect(path.outbox.status.epoch == nil, "still opening")
        #expect(await opening.value)
        #expect(sealed < .seconds(3))
        #expect(bus.longestWait < .milliseconds(500))
        bus.stop()
        _ = await path.finish()
        #expect(path.outbox.status.batches > 0)
        await path.close()
    }

    /// Hands over a reading every 20 ms, on a thread of its own, and measures how long that takes.
    private final class Bus: Sendable {
        private let state = Mutex((stopped: false, longest: Nanoseconds(0)))
        var longestWait: Nanoseconds { state.withLock { $0.longest } }

        init(ring: ReadingRing, time: SystemTime) {
            Thread.detachNewThread { [self] in
                var value: Int64 = 0
                while !state.withLock({ $0.stopped }) {
                    let before = time.bootTime()
                    ring.accept([Reading(point: 0, time: before, quality: .good, sample: .integer(value))])
                    let wait = time.bootTime() - before
                    state.withLock { $0.longest = max($0.longest, wait) }
                    value += 1
                    Thread.sleep(forTimeInterval: 0.02)
                }
            }
        }

        func stop() { state.withLock { $0.stopped = true } }
    }

    /// From the first reading of a batch to the moment when receivers are told of it.
    private final class Delays: Sendable {
        typealias Result = (longest: Nanoseconds, count: Int)

        private let state = Mutex<Result>((longest: 0, count: 0))
        private let (told, news) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        var result: Result { state.withLock { $0 } }

        func note(_ batch: StoredBatch, at now: BootTime) {
            guard let envelope = try? BatchEnvelope.decode(batch.bytes) else { return }
            state.withLock {
                $0.longest = max($0.longest, now - envelope.batch.first)
                $0.count += 1
            }
            news.yield()
        }

        /// Until what has been noted fulfils a condition.
        func wait(until condition: (Result) -> Bool) async {
            guard !condition(result) else { return }
            for await _ in told where condition(result) { return }
        }
    }
}
