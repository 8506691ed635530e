import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

/// Batches with alarms go first and wait for nothing, also in a next life.
@Suite struct UrgentBatchTests {
    private func urgent(_ outbox: Outbox, _ receiver: ReceiverIndex = 0, limit: Int = 64) async -> [UInt64] {
        await outbox.urgent(for: receiver, limit: limit).map(\.sequence)
    }

    @Test func oneWithoutAnAnchorGoesAloneAndKeepsItsBytesWhenTheOthersAreStamped() async throws {
        let station = try Station()
        let (outbox, _) = try await station.open()
        let heard = Heard()
        outbox.setListener { heard.note($0) }
        for number in 1...9 { try await outbox.append(station.batch(anchored: false, urgent: number % 4 == 0)) }
        #expect(await outbox.waiting() == [4, 8])
        #expect(await outbox.waiting(limit: 1) == [4])
        #expect(await outbox.unacknowledged(by: 0, before: nil, limit: 9).map(\.sequence) == [8, 4])
        #expect(heard.sequences == [4, 8])
        #expect(outbox.status.held == 7)
        let keys = await outbox.urgent(for: 0, limit: 9)
        let sent = await outbox.batch(try #require(keys.first))
        #expect(sent != nil)
        #expect(await outbox.batch(BatchKey(epoch: try #require(keys.first).epoch, sequence: 3)) == nil)
        await outbox.close()

        let (again, _) = try await station.open()
        #expect(await again.waiting() == [4, 8])
        await again.setAnchor(station.anchor)
        #expect(await again.waiting() == Array(1...9))
        #expect(await again.batch(try #require(keys.first)) == sent)
        #expect(await again.storedBatch(5)?.anchor == station.anchor)
        await again.close()
    }

    @Test func theyAreKnownAfterARestartUntilTheReceiverHasThem() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored([.city, .museum])
        for number in 1...20 { try await outbox.append(station.batch(urgent: number % 5 == 0)) }
        await outbox.acknowledge(sequences: [5], by: 0)
        #expect(await urgent(outbox) == [10, 15, 20])
        #expect(await urgent(outbox, limit: 2) == [10, 15])
        await outbox.close()

        let (again, _) = try await station.open([.city, .museum])
        #expect(await urgent(again) == [10, 15, 20])
        #expect(await urgent(again, 1) == [10, 15, 20], "the first has left the store with its last must receiver")
        #expect(await urgent(again, 7) == [])
        await again.acknowledge(sequences: 1...20, by: 0)
        #expect(await urgent(again) == [])
        await again.close()
    }

    /// The process ends between two batches, with nothing saved but what each append saved.
    @Test func aKillForgetsNone() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        for number in 1...7 { try await outbox.append(station.batch(urgent: number == 3 || number == 6)) }
        let image = station.path("image")
        try station.copy(["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"], to: image)
        await outbox.close()
        let again = station.outbox(in: image)
        _ = try await again.open()
        #expect(await urgent(again) == [3, 6])
        await again.close()
    }

    @Test func ofMoreThanAreKeptTheNewestAreKnown() {
        var index = OutboxIndex(receivers: [.city])
        index.stored.insert(1...5_000)
        for number: UInt64 in stride(from: 2, through: 5_000, by: 2) {
            index.noteUrgent(SequenceSet([number...number]))
        }
        #expect(index.urgent.count == OutboxIndex.urgentLimit)
        #expect(index.urgent.last == 5_000)
        #expect(index.urgent(for: 0, limit: 1) == [5_000 - 2 * (OutboxIndex.urgentLimit - 1)])
    }
}
