import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

/// Invariant 9: batches of a boot without an anchor wait at most 10 minutes, then go out as they are.
@Suite struct OutboxClockTests {
    @Test func batchesWithoutAnAnchorWaitAndAreStampedWhenItComes() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        for _ in 0..<100 {
            station.time.advance(.seconds(5))
            try await outbox.append(station.batch(anchored: false))
        }
        #expect(await outbox.waiting().isEmpty)
        #expect(outbox.status.held == 100)
        let before = try #require(await outbox.storedBatch(7))

        await outbox.setAnchor(station.anchor)
        #expect(await outbox.waiting() == Array(1...100))
        #expect(outbox.status.held == 0)
        let stamped = try #require(await outbox.storedBatch(7))
        #expect(stamped.anchor == station.anchor)
        #expect(stamped.body == before.body)
        #expect(stamped.first == before.first)
        await outbox.close()

        let (again, report) = try await station.open()
        #expect(report.anchor == station.anchor)
        #expect(await again.storedBatch(100)?.anchor == station.anchor)
        // The anchor stands: a batch sealed just before it was known gets it too.
        try await again.append(station.batch(anchored: false))
        #expect(await again.storedBatch(101)?.anchor == station.anchor)
        #expect(await again.waiting().count == 101)
        await again.close()
    }

    @Test func afterTenMinutesTheyGoOutAsTheyAreAndStaySo() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        for _ in 0..<4 {
            try await outbox.append(station.batch(anchored: false))
            station.time.advance(.seconds(100))
        }
        station.time.advance(.seconds(600 - 400 - 1))
        #expect(await outbox.waiting().isEmpty)
        station.time.advance(.seconds(1))
        #expect(await outbox.waiting() == [1])
        station.time.advance(.seconds(100))
        #expect(await outbox.waiting() == [1, 2])
        let sent = await outbox.batch(try #require(await outbox.unacknowledged(by: 0, after: nil, limit: 1).first))
        await outbox.close()

        // The release is durable: an anchor that comes after a restart changes only what was never released.
        let (again, _) = try await station.open()
        #expect(await again.waiting() == [1, 2])
        await again.setAnchor(station.anchor)
        #expect(await again.waiting() == [1, 2, 3, 4])
        #expect(await again.storedBatch(2)?.anchor == nil)
        #expect(await again.storedBatch(3)?.anchor == station.anchor)
        #expect(await again.batch(try #require(sent?.key)) == sent)
        await again.close()
    }

    @Test func batchesOfAnEarlierBootWithoutAnAnchorMayGoAtOnce() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        for _ in 0..<3 { try await outbox.append(station.batch(anchored: false)) }
        #expect(await outbox.waiting().isEmpty)
        await outbox.close()

        let (again, _) = try await station.open(boot: .second)
        #expect(await again.waiting() == [1, 2, 3])
        try await again.append(station.batch(anchored: false, boot: .second))
        #expect(await again.waiting() == [1, 2, 3])
        await again.setAnchor(station.anchor)
        #expect(await again.waiting() == [1, 2, 3, 4])
        #expect(await again.storedBatch(3)?.anchor == nil)
        #expect(await again.storedBatch(4)?.anchor == station.anchor)
        await again.close()
    }

    @Test func theWaitGoesOnAfterARestartInTheSameBoot() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        try await outbox.append(station.batch(anchored: false))
        await outbox.close()
        station.time.advance(.seconds(300))
        let (again, _) = try await station.open()
        #expect(again.status.held == 1)
        #expect(await again.waiting().isEmpty)
        station.time.advance(.seconds(300))
        await again.maintain()
        #expect(await again.waiting() == [1])
        #expect(again.status.held == 0)
        await again.close()
    }

    /// The crash lies between two chunks: the rest is stamped at the next start, even in another boot.
    @Test(arguments: [BootID.first, .second])
    func stampingThatWasInterruptedIsFinished(boot: BootID) async throws {
        let station = try Station(vfs: FaultyDisk.vfsName, name: "stamp")
        let disk = FaultyDisk(directory: station.directory)
        let (outbox, _) = try await station.open()
        for _ in 0..<150 { try await outbox.append(station.batch(anchored: false)) }
        // The anchor and the first chunk are written, then nothing more.
        disk.fail(.sync(after: 2, forEver: true))
        await outbox.setAnchor(station.anchor)
        #expect(await outbox.waiting().count < 150)
        #expect(await outbox.waiting().count >= 64)
        let image = station.path("image")
        try station.copy(["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"], to: image)
        disk.fail(.none)

        let again = station.outbox(in: image, boot: boot)
        _ = try await again.open()
        #expect(await again.waiting().count == 150)
        for number in [1, 64, 65, 128, 129, 150] as [UInt64] {
            #expect(await again.storedBatch(number)?.anchor == station.anchor, "batch \(number)")
        }
        await again.close()
        // And by itself, once the disk works again.
        station.time.advance(.seconds(60))
        await outbox.maintain()
        #expect(await outbox.waiting().count == 150)
        await outbox.close()
    }

    @Test func theListenerHearsOnlyOfBatchesThatMayBeSent() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        let heard = Heard()
        outbox.setListener { heard.note($0) }
        try await outbox.append(station.batch(anchored: false))
        try await outbox.append(station.batch(anchored: false))
        #expect(heard.sequences.isEmpty)
        await outbox.setAnchor(station.anchor)
        #expect(heard.sequences == [2])
        let third = try await outbox.append(station.batch())
        #expect(heard.batches.last == third)
        await outbox.close()
    }
}
