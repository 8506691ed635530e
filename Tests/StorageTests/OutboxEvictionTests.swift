import GatewayModel
import Telemetry
import Testing

@testable import Storage

@Suite struct OutboxEvictionTests {
    @Test(arguments: [Int64(1 << 20), 2 << 20, 8 << 20])
    func aFullStoreDropsTheOldestAndKeepsWithinItsSize(size: Int64) async throws {
        let station = try Station(size: size)
        let (outbox, _) = try await station.openAnchored()
        var first: [UInt64: BootTime] = [:]
        var last: [UInt64: BootTime] = [:]
        var number: UInt64 = 0
        var written = 0
        // Twice what fits, in sizes from tiny to the largest.
        while written < 2 * Int(size) {
            station.time.advance(.seconds(10))
            let batch = station.batch(bytes: [3700, 100, 3700, 900, 3700, 30_000, 3700, 65_536][Int(number % 8)])
            number += 1
            #expect(try await outbox.append(batch).key.sequence == number)
            (first[number], last[number]) = (batch.first, batch.last)
            written += batch.body.count
            #expect(station.footprint <= size, "after batch \(number)")
        }
        let status = outbox.status
        #expect(status.evicted > 0)
        #expect(status.trouble == nil)
        #expect(status.fillPercent > 85)
        // What is left is the newest, without a hole.
        let waiting = await outbox.waiting()
        #expect(waiting == Array((status.evicted + 1)...number))

        // One record tells the whole span that was dropped.
        let gaps = await outbox.takePendingGaps()
        #expect(
            gaps.map(\.gap) == [
                Gap(
                    scope: .everything, from: .boot(first[1]!), to: .boot(last[status.evicted]!), reason: .evicted)
            ])
        await outbox.close()
    }

    @Test func aGapRecordStaysUntilABatchThatCarriesItIsStored() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        while outbox.status.evicted == 0 { try await outbox.append(station.batch(bytes: 30_000)) }
        let taken = await outbox.takePendingGaps()
        #expect(taken.count == 1)
        #expect(await outbox.takePendingGaps().isEmpty)
        await outbox.returnPendingGaps(taken.map(\.id))
        #expect(await outbox.takePendingGaps() == taken)
        await outbox.close()

        let (again, _) = try await station.openAnchored()
        #expect(await again.takePendingGaps() == taken)
        try await again.append(station.batch(), consuming: taken.map(\.id))
        #expect(await again.takePendingGaps().isEmpty)
        await again.close()

        let (third, _) = try await station.openAnchored()
        #expect(await third.takePendingGaps().isEmpty)
        await third.close()
    }

    @Test func whatIsEvictedAfterAGapWasTakenGetsARecordOfItsOwn() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        while outbox.status.evicted == 0 { try await outbox.append(station.batch(bytes: 30_000)) }
        let taken = await outbox.takePendingGaps()
        let before = outbox.status.evicted
        while outbox.status.evicted == before {
            station.time.advance(.seconds(10))
            try await outbox.append(station.batch(bytes: 30_000))
        }
        try await outbox.append(station.batch(), consuming: taken.map(\.id))
        let rest = await outbox.takePendingGaps()
        #expect(rest.count == 1)
        #expect(rest.first?.id != taken.first?.id)
        await outbox.close()
    }

    @Test func gapEndsOfAnEarlierBootAreToldInWallTime() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        let start = station.time.bootTime()
        while outbox.status.evicted == 0 { try await outbox.append(station.batch(bytes: 30_000)) }
        await outbox.close()
        let (again, _) = try await station.open(boot: .second)
        let gap = await again.takePendingGaps().first?.gap
        #expect(gap?.from == .wall(station.anchor.realTime(at: start - .seconds(1))))
        #expect(gap?.to == .wall(station.anchor.realTime(at: start)))
        await again.close()
    }

    @Test func acknowledgedBatchesMakeRoomBeforeAnythingIsEvicted() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        for _ in 0..<300 {
            let stored = try await outbox.append(station.batch(bytes: 20_000))
            await outbox.acknowledge([stored.key], by: 0)
        }
        #expect(outbox.status.evicted == 0)
        await outbox.close()
    }

    @Test func batchesOlderThanTheAgeAreDroppedWithAGap() async throws {
        let station = try Station(age: .seconds(3600))
        let (outbox, _) = try await station.openAnchored()
        let start = station.time.bootTime()
        for _ in 0..<10 {
            station.time.advance(.seconds(600))
            try await outbox.append(station.batch())
        }
        // 10 minutes apart; the batches of the last hour are left.
        #expect(await outbox.waiting() == Array(4...10))
        let gap = await outbox.takePendingGaps().first?.gap
        #expect(gap?.reason == .evicted)
        #expect(gap?.from == .boot(start + .seconds(599)))
        #expect(gap?.to == .boot(start + .seconds(1800)))
        station.time.advance(.seconds(3601))
        await outbox.maintain()
        #expect(await outbox.waiting().isEmpty)
        await outbox.close()
    }

    @Test func theAgeOfAnEarlierBootsBatchesIsKnownByTheWallClock() async throws {
        let station = try Station(age: .seconds(3600))
        let (outbox, _) = try await station.openAnchored()
        try await outbox.append(station.batch())
        await outbox.close()
        // The board restarts: its BOOTTIME begins again, two hours later by the wall clock.
        station.time.set(BootTime(nanoseconds: .seconds(20)))
        let (again, _) = try await station.open(boot: .second)
        await again.maintain()
        #expect(await again.waiting() == [1])
        await again.setAnchor(
            WallAnchor(
                bootTime: BootTime(nanoseconds: .seconds(20)), realTime: Station.noon + .seconds(1000 + 7200), error: 0)
        )
        await again.maintain()
        #expect(await again.waiting().isEmpty)
        await again.close()
    }

    @Test func aBatchThatCannotFitIsRefusedForGood() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        let error = await #expect(throws: StorageError.self) {
            try await outbox.append(station.batch(bytes: 500_000))
        }
        #expect(error?.recovery == .giveUp)
        try await outbox.append(station.batch())
        await outbox.close()
    }

    @Test func aSmallerSizeInTheConfigurationShrinksTheFiles() async throws {
        let station = try Station(size: 8 << 20)
        let (outbox, _) = try await station.openAnchored()
        for _ in 0..<1500 { try await outbox.append(station.batch(bytes: 3700)) }
        await outbox.close()
        #expect(station.footprint > 4 << 20)

        let smaller = Outbox(
            directory: station.directory, receivers: [.city], configuration: StoreConfiguration(size: 2 << 20),
            boot: .first, time: station.time, executor: station.executor, logger: .silent)
        let report = try await smaller.open()
        #expect(smaller.status.trouble == nil)
        #expect(station.footprint <= 2 << 20)
        let waiting = await smaller.waiting()
        #expect(waiting.last == 1500)
        #expect(waiting.count > 200)
        #expect(await smaller.takePendingGaps().count == 1)
        #expect(report.last?.sequence == 1500)
        for _ in 0..<400 { try await smaller.append(station.batch(bytes: 3700)) }
        #expect(station.footprint <= 2 << 20)
        await smaller.close()
    }
}
