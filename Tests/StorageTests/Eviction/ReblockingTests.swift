import CSQLite
import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

@Suite struct ReblockingTests {
    /// Goal: batches that nobody was ever sent become fewer and smaller ones, and not one reading is lost or doubled.
    @Test func whatWasNeverSentIsPackedWithoutLoss() async throws {
        let thinning = try ThinningStation(seed: 1)
        let outbox = try await thinning.open()
        // Nobody asks for over a minute.
        thinning.station.time.advance(.seconds(61))
        while outbox.status.usedBytes < outbox.status.limitBytes * 6 / 10 {
            try await thinning.store(in: outbox, cycles: 6)
        }
        let before = outbox.status
        for _ in 0..<400 { await outbox.maintain() }
        let after = outbox.status
        #expect(after.reblocked > 0)
        #expect(after.evicted == 0 && after.thinned == 0)
        // It stops at half of the store.
        #expect(after.usedBytes < before.usedBytes)
        #expect(after.usedBytes > after.limitBytes * 4 / 10)

        let found = try await Holdings(outbox)
        #expect(found.readings.ordered() == thinning.ledger.ordered())
        #expect(found.aggregates.isEmpty)
        // Each number is stored or named by the batch that took its place.
        let numbers = found.replaced + found.batches.keys
        #expect(numbers.sorted() == Array(1...after.lastSequence))
        await outbox.close()
    }

    /// Goal: a batch that may have been sent is never packed into another one. Method: some are fetched, the daemon
    /// restarts, the store fills.
    @Test func whatMayHaveBeenSentKeepsItsBytes() async throws {
        let thinning = try ThinningStation(seed: 2)
        var outbox = try await thinning.open()
        thinning.station.time.advance(.seconds(61))
        for _ in 0..<40 { try await thinning.store(in: outbox, cycles: 6) }
        let epoch = try #require(outbox.status.epoch)
        // The newest first, then two of the backlog, as an uplink does.
        var sent: [UInt64: StoredBatch] = [:]
        for sequence in [40, 1, 2] as [UInt64] {
            sent[sequence] = await outbox.batch(BatchKey(epoch: epoch, sequence: sequence))
        }
        #expect(sent.count == 3)
        #expect(await !outbox.isUntouched(1))
        await outbox.close()

        outbox = try await thinning.open()
        #expect(await !outbox.isUntouched(40))
        thinning.station.time.advance(.seconds(61))
        while outbox.status.usedBytes < outbox.status.limitBytes * 7 / 10 {
            try await thinning.store(in: outbox, cycles: 6)
        }
        for _ in 0..<400 { await outbox.maintain() }
        #expect(outbox.status.reblocked > 0)
        for (sequence, batch) in sent {
            #expect(await outbox.batch(BatchKey(epoch: epoch, sequence: sequence)) == batch)
        }
        await outbox.close()
    }

    /// Goal: after a crash nothing that was stored before is believed never to have been sent; what is read of this
    /// life's batches is told from the rest.
    @Test func aPowerCutForgetsWhatWasNeverSent() async throws {
        let thinning = try ThinningStation(seed: 3, vfs: FaultyDisk.vfsName)
        let disk = FaultyDisk(directory: thinning.station.directory)
        let outbox = try await thinning.open()
        thinning.station.time.advance(.seconds(61))
        for _ in 0..<20 { try await thinning.store(in: outbox, cycles: 2) }
        #expect(await outbox.isUntouched(7))
        let epoch = try #require(outbox.status.epoch)
        _ = await outbox.batch(BatchKey(epoch: epoch, sequence: 7))
        #expect(await !outbox.isUntouched(7))
        #expect(await outbox.isUntouched(8))
        let image = thinning.station.directory + "/image"
        try disk.imageAfterPowerCut(in: image, using: &thinning.random)
        let crashed = try await thinning.open(in: image)
        for number in 1...20 as ClosedRange<UInt64> { #expect(await !crashed.isUntouched(number)) }
        thinning.station.time.advance(.seconds(61))
        try await thinning.store(in: crashed, cycles: 2)
        #expect(await crashed.isUntouched(21))
        await crashed.close()
        await outbox.close()
    }

    /// Goal: a disk that fails for a while makes nobody forget what was sent meanwhile.
    @Test func whatWasSentWhileTheDiskFailedIsNotPacked() async throws {
        let thinning = try ThinningStation(seed: 6, vfs: FaultyDisk.vfsName)
        let disk = FaultyDisk(directory: thinning.station.directory)
        let outbox = try await thinning.open()
        thinning.station.time.advance(.seconds(61))
        for _ in 0..<20 { try await thinning.store(in: outbox, cycles: 2) }
        let epoch = try #require(outbox.status.epoch)
        disk.fail(.write(after: 0, forEver: true, code: SQLITE_IOERR))
        await #expect(throws: StorageError.self) { try await thinning.store(in: outbox, cycles: 2) }
        let sent = await outbox.batch(BatchKey(epoch: epoch, sequence: 7))
        disk.fail(.none)
        thinning.station.time.advance(.seconds(61))
        while outbox.status.usedBytes < outbox.status.limitBytes * 7 / 10 {
            try await thinning.store(in: outbox, cycles: 6)
        }
        for _ in 0..<400 { await outbox.maintain() }
        #expect(outbox.status.reblocked > 0)
        #expect(sent != nil)
        #expect(await outbox.batch(BatchKey(epoch: epoch, sequence: 7)) == sent)
        await outbox.close()
    }

    /// Goal: while receivers are connected nothing is written for it.
    @Test func whileSomebodyListensNothingIsUntouched() async throws {
        let thinning = try ThinningStation(seed: 4)
        let outbox = try await thinning.open()
        let heard = Heard()
        outbox.setListener { heard.note($0) }
        for number in 1...30 as ClosedRange<UInt64> {
            try await thinning.store(in: outbox, cycles: 1)
            if number % 2 == 0 { _ = await outbox.waiting(limit: 1) }
            #expect(await !outbox.isUntouched(number))
        }
        #expect(heard.sequences == Array(1...30))
        thinning.station.time.advance(.seconds(61))
        try await thinning.store(in: outbox, cycles: 1)
        #expect(heard.sequences.last == 30)
        // Whoever comes asks, and hears of what follows.
        #expect(await outbox.unacknowledged(by: 0, before: nil, limit: 1).map(\.sequence) == [31])
        try await thinning.store(in: outbox, cycles: 1)
        #expect(heard.sequences.last == 32)
        await outbox.close()
    }

    /// Goal: the newest readings come first and the oldest next, whatever numbers they have.
    @Test func batchesThatTakeThePlaceOfOthersAreNeverTheNewest() async throws {
        let thinning = try ThinningStation(seed: 5)
        let outbox = try await thinning.open()
        thinning.station.time.advance(.seconds(61))
        while outbox.status.usedBytes < outbox.status.limitBytes * 6 / 10 {
            try await thinning.store(in: outbox, cycles: 6)
        }
        let newest = outbox.status.lastSequence
        for _ in 0..<20 { await outbox.maintain() }
        #expect(outbox.status.lastSequence > newest)
        #expect(await outbox.unacknowledged(by: 0, before: nil, limit: 1).map(\.sequence) == [newest])
        // In pages of three, each beginning behind the last key, as an uplink asks.
        var order: [UInt64] = []
        var key: BatchKey?
        while true {
            let page = await outbox.unacknowledged(by: 0, after: key, limit: 3)
            guard let last = page.last else { break }
            order += page.map(\.sequence)
            key = last
        }
        #expect(Set(order).count == order.count)
        #expect(UInt64(order.count) == outbox.status.batches)
        var times: [BootTime] = []
        for sequence in order { times.append(try #require(await outbox.storedBatch(sequence)).first) }
        #expect(times == times.sorted())

        // After a restart too; and the agent's own gap begins at the newest reading, not at the newest number.
        let last = try #require(await outbox.storedBatch(newest)).last
        await outbox.close()
        let again = thinning.station.outbox()
        #expect(try await again.open().lastReading?.bootTime == last)
        #expect(await again.waiting() == order)
        await again.close()
    }
}

extension [Reading] {
    func ordered() -> [Reading] {
        sorted { ($0.time, $0.point, $0.quality.rawValue) < ($1.time, $1.point, $1.quality.rawValue) }
    }
}
