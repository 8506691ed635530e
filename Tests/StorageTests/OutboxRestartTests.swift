import GatewayModel
import Testing

@testable import Storage

@Suite struct OutboxRestartTests {
    @Test func aNewStoreHasAnEpochAndNoBatches() async throws {
        let station = try Station()
        let (outbox, report) = try await station.open()
        #expect(report.isNew)
        #expect(report.last == nil)
        #expect(report.lastReading == nil)
        #expect(report.batches == 0)
        #expect(outbox.status.epoch == report.epoch)
        await outbox.close()
    }

    @Test func batchesComeBackAfterARestartByteForByte() async throws {
        let station = try Station()
        let (outbox, report) = try await station.openAnchored()
        var stored: [StoredBatch] = []
        for size in [0, 1, 200, 3700, 65_536] {
            station.time.advance(.seconds(10))
            stored.append(try await outbox.append(station.batch(bytes: size)))
        }
        let last = station.time.bootTime()
        await outbox.close()

        let (again, second) = try await station.openAnchored()
        #expect(!second.isNew)
        #expect(second.epoch == report.epoch)
        #expect(second.last == stored.last?.key)
        #expect(second.lastReading?.bootTime == last)
        #expect(second.lastReading?.wall == station.anchor.realTime(at: last))
        #expect(second.batches == 5)
        #expect(second.oldest == stored.first?.key)
        for batch in stored {
            #expect(await again.batch(batch.key) == batch)
        }
        await again.close()
    }

    @Test func numbersRunOnWithoutHolesEvenWhenEverythingWasDeleted() async throws {
        let station = try Station()
        var expected: UInt64 = 1
        for _ in 0..<5 {
            let (outbox, _) = try await station.openAnchored()
            for _ in 0..<3 {
                #expect(try await outbox.append(station.batch()).key.sequence == expected)
                expected += 1
            }
            await outbox.acknowledge(sequences: await outbox.waiting())
            await outbox.close()
        }
        let (outbox, report) = try await station.openAnchored()
        #expect(report.batches == 0)
        #expect(report.last?.sequence == expected - 1)
        #expect(report.lastReading?.bootTime == station.time.bootTime())
        await outbox.close()
    }

    @Test func outOfOrderAcknowledgementsSurviveARestart() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored([.city, .company])
        for _ in 0..<20 { try await outbox.append(station.batch()) }
        await outbox.acknowledge(sequences: [20, 19, 3, 1, 2, 11], by: 0)
        await outbox.acknowledge(sequences: [20, 1, 5], by: 1)
        await outbox.close()

        // The receivers' order in the configuration has changed meanwhile.
        let (again, report) = try await station.openAnchored([.company, .city])
        #expect(await again.waiting(1) == [4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18])
        #expect(await again.waiting(0) == [2, 3, 4] + Array(6...19))
        // 1 and 20 had been acknowledged by both.
        #expect(report.batches == 18)
        await again.close()
    }

    @Test func aRemovedReceiverNoLongerKeepsBatchesAndANewOneGetsAllThatAreStored() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored([.city, .company])
        for _ in 0..<10 { try await outbox.append(station.batch()) }
        await outbox.acknowledge(sequences: 1...4, by: 0)
        await outbox.acknowledge(sequences: 8...9, by: 1)
        await outbox.close()

        let newcomer = OutboxReceiver(id: "water", must: false)
        let (again, _) = try await station.openAnchored([.city, newcomer])
        #expect(await again.waiting(0) == Array(5...10))
        #expect(await again.waiting(1) == Array(1...10))
        await again.maintain()
        #expect(await again.waiting(1) == Array(5...10))
        await again.close()

        // A configuration that is taken back finds the old acknowledgements.
        let (third, _) = try await station.openAnchored([.city, .company])
        #expect(await third.waiting(1) == [5, 6, 7, 10])
        await third.close()
    }

    @Test func aReceiverThatNeedNotHaveABatchDoesNotKeepIt() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored([.city, .museum])
        for _ in 0..<5 { try await outbox.append(station.batch()) }
        await outbox.acknowledge(sequences: 1...3, by: 0)
        await outbox.close()
        let (again, report) = try await station.openAnchored([.city, .museum])
        #expect(report.batches == 2)
        #expect(await again.waiting(1) == [4, 5])
        await again.close()
    }

    @Test func beforeOpeningNothingIsThereAndAppendingAsksToTryAgain() async throws {
        let station = try Station()
        let outbox = station.outbox()
        #expect(await outbox.waiting().isEmpty)
        let error = await #expect(throws: StorageError.self) { try await outbox.append(station.batch()) }
        #expect(error?.recovery == .retryLater)
    }
}
