import CSQLite
import Foundation
import GatewayModel
import GatewayTestSupport
import Storage
import Testing

@testable import GatewayAgent

/// Goal: while the store cannot be written, values reach the receivers from memory; once it can be again, none is lost
/// and none goes out under a second key.
@Suite struct VolatileTests {
    private static let full = FaultyDisk.Fault.write(after: 0, forEver: true, code: SQLITE_FULL)

    @Test func aFullDiskIsBridgedFromMemory() async throws {
        let station = try FlowStation()
        await station.start()
        for _ in 0..<3 {
            await station.read()
            #expect(await !station.path.storeWaiting())
        }
        #expect(!station.path.isVolatile)
        station.disk.fail(Self.full)
        for _ in 0..<4 {
            await station.read()
            #expect(await station.path.storeWaiting())
        }
        #expect(station.path.isVolatile)
        // The newest first, from memory and under the epoch that says so.
        let newest = await station.path.source.unacknowledged(by: 0, before: nil, limit: 1)
        #expect(newest.first?.epoch.isVolatile == true)
        #expect(newest.first?.sequence == 4)
        #expect(newest.first?.epoch.text.hasPrefix("volatile-") == true)
        await station.receive(0) { _ in true }
        await station.receive(1) { $0.epoch.isVolatile && $0.sequence <= 2 }
        #expect(station.values(of: 0).all == station.valuesRead)
        #expect(station.path.queue.volatileStatus.delivered == 2)

        station.disk.fail(.none)
        #expect(await !station.path.storeWaiting())
        #expect(!station.path.isVolatile)
        await station.read()
        #expect(await !station.path.storeWaiting())
        // What one receiver still lacks is stored under the key it was sent with.
        let left = await station.path.source.unacknowledged(by: 1, after: nil, limit: 100)
        #expect(left.filter(\.epoch.isVolatile).map(\.sequence) == [3, 4])
        #expect(await station.path.source.unacknowledged(by: 0, after: nil, limit: 100).count == 1)
        await station.restart()
        await station.start()
        for receiver in 0..<2 { await station.receive(receiver) { _ in true } }
        for receiver in 0..<2 {
            let (all, twice) = station.values(of: receiver)
            #expect(all == station.valuesRead && twice.isEmpty)
        }
        #expect(station.problems == [])
        await station.path.close()
    }

    /// A receiver asks in pages while others acknowledge what lies behind its cursor.
    @Test func pagingDoesNotBeginAgainWhenItsCursorHasLeft() async throws {
        let station = try FlowStation()
        await station.start()
        await station.read()
        _ = await station.path.storeWaiting()
        station.disk.fail(Self.full)
        for _ in 0..<6 {
            await station.read()
            _ = await station.path.storeWaiting()
        }
        let first = await station.path.source.unacknowledged(by: 0, after: nil, limit: 3)
        for receiver in 0..<2 { await station.path.source.acknowledge(first, by: receiver) }
        let next = await station.path.source.unacknowledged(by: 0, after: first.last, limit: 3)
        #expect(next.map(\.sequence) == [3, 4, 5])
        await station.path.close()
    }

    @Test func aDirectoryThatIsNotThereIsBridgedTooAndTakenIntoUseWhenItComes() async throws {
        let station = try FlowStation()
        let missing = station.directory + "/later/state"
        let path = FlowStation.path(station.configuration, missing, station.time, station.executor)
        await path.recallClock()
        _ = await path.lookAtClock()
        for value in 1...3 as ClosedRange<Int64> {
            #expect(await !path.openStore())
            path.ring.accept([
                Reading(point: 0, time: station.time.bootTime(), quality: .good, sample: .integer(value))
            ])
            await path.gather()
            station.time.advance(.seconds(10))
            await path.gather()
        }
        #expect(path.isVolatile)
        let keys = await path.source.unacknowledged(by: 0, after: nil, limit: 10)
        #expect(keys.map(\.sequence) == [1, 2, 3])
        try FileManager.default.createDirectory(atPath: missing, withIntermediateDirectories: true)
        #expect(await path.openStore())
        #expect(await !path.storeWaiting())
        #expect(!path.isVolatile)
        // The same keys, from the store now.
        #expect(await path.source.unacknowledged(by: 0, after: nil, limit: 10) == keys)
        #expect(await path.state.set("a", in: "test", to: [1]))
        await path.close()
    }

    /// Without a trusted clock batches wait 10 minutes for one here too, and are stamped when it comes.
    @Test func batchesWithoutAnAnchorWaitForIt() async throws {
        let station = try FlowStation(clockIsTrusted: false)
        await station.start()
        station.disk.fail(Self.full)
        for _ in 0..<5 {
            await station.read()
            _ = await station.path.storeWaiting()
        }
        #expect(station.path.isVolatile)
        #expect(await station.path.source.unacknowledged(by: 0, after: nil, limit: 10).isEmpty)
        station.time.advance(.seconds(600))
        #expect(await station.path.source.unacknowledged(by: 0, after: nil, limit: 10).count == 5)
        await station.path.close()
    }

    @Test func memoryIsBoundedAndTheNewestStay() async throws {
        let station = try FlowStation()
        station.disk.fail(.operation(after: 0, forEver: true))
        await station.path.recallClock()
        _ = await station.path.lookAtClock()
        for _ in 0..<(StoreQueue.capacity + 100) {
            await station.read()
            _ = await station.path.openStore()
        }
        let fill = station.path.queue.fill
        #expect(fill.waiting == StoreQueue.capacity)
        #expect(fill.lost >= 100)
        await station.receive(0) { _ in false }
        let values = station.values(of: 0).all
        #expect(values.contains(Int64(StoreQueue.capacity + 100)) && !values.contains(1))
        await station.path.close()
    }

    /// Whatever fails and whenever, each value reaches both receivers, under one key, as one sequence of bytes.
    @Test func randomFaultsLoseNothingAndDoubleNothing() async throws {
        let first = ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? 1
        var tally = (values: 0, volatile: 0)
        let courses = ProcessInfo.processInfo.environment["COURSES"].flatMap { UInt64($0) } ?? 60
        for seed in first..<(first + courses) {
            let station = try await randomCourse(seed: seed)
            let keys = Set(station.received.flatMap(\.keys))
            tally.values += station.valuesRead.count
            tally.volatile += keys.count(where: \.epoch.isVolatile)
        }
        print("random faults, SEED=\(first): \(tally.values) values, \(tally.volatile) batches sent from memory")
        #expect(tally.volatile > 50, "too little left from memory for the test to mean anything")
    }

    private func randomCourse(seed: UInt64) async throws -> FlowStation {
        var generator = SeededGenerator(seed: seed)
        let station = try FlowStation()
        await station.start()
        var isFailing = false
        for _ in 0..<60 {
            switch Int.random(in: 0..<12, using: &generator) {
            case 0..<5: await station.read()
            case 5, 6: _ = await station.path.storeWaiting()
            case 7, 8:
                let share = Double.random(in: 0...1, using: &generator)
                let receiver = Int.random(in: 0...1, using: &generator)
                var random = SeededGenerator(seed: generator.next())
                await station.receive(receiver) { _ in random.chance(share) }
            case 9:
                station.time.advance(.seconds(Int64.random(in: 1...70, using: &generator)))
                _ = await station.path.maintain()
            case 10 where isFailing:
                station.disk.fail(.none)
                isFailing = false
            case 10:
                let after = Int.random(in: 0..<12, using: &generator)
                let forEver = generator.chance(0.7)
                let faults: [FaultyDisk.Fault] = [
                    .operation(after: after, forEver: forEver), .sync(after: after / 4, forEver: forEver),
                    .write(after: after, forEver: forEver, code: SQLITE_FULL),
                ]
                station.disk.fail(faults.randomElement(using: &generator) ?? .none)
                isFailing = true
            default:
                guard !isFailing, station.path.queue.fill.waiting == 0 else { continue }
                await station.restart()
                await station.start()
            }
        }
        station.disk.fail(.none)
        for _ in 0..<10 {
            station.time.advance(.seconds(61))
            _ = await station.path.maintain()
            // The store is used again when the next batch is stored.
            await station.read()
            _ = await station.path.storeWaiting()
        }
        let isVolatile = station.path.isVolatile
        #expect(!isVolatile, "seed \(seed): \(station.path.outbox.status.trouble ?? "no trouble")")
        for receiver in 0..<2 {
            await station.receive(receiver) { _ in true }
            let (all, twice) = station.values(of: receiver)
            #expect(all == station.valuesRead, "seed \(seed): \(station.valuesRead.subtracting(all).sorted()) lost")
            #expect(twice.isEmpty, "seed \(seed): \(twice.sorted()) under two keys")
        }
        #expect(station.problems == [], "seed \(seed)")
        await station.path.close()
        return station
    }
}
