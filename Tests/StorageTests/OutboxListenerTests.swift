import GatewayModel
import Testing

@testable import Storage

/// Goal: telling of a batch takes the same stack and memory after years as at the first one. Method: many more calls
/// than the stack of the store's thread would stand if each wrapped the listener once more.
@Suite struct OutboxListenerTests {
    @Test func theListenerIsToldAsCheaplyAfterAHundredThousandBatchesAsAtFirst() async throws {
        let station = try Station(name: "listener")
        let (outbox, _) = try await station.openAnchored()
        let batch = try await outbox.append(station.batch())
        let heard = Heard()
        outbox.setListener { if $0.bytes.isEmpty { heard.note($0) } }
        await outbox.tell(batch, times: 100_000)
        await outbox.tell(StoredBatch(key: batch.key, dictionary: batch.dictionary, bytes: []), times: 1)
        #expect(heard.batches.count == 1)
        await outbox.close()
    }
}

extension Outbox {
    fileprivate func tell(_ batch: StoredBatch, times: Int) { for _ in 0..<times { tell(batch) } }
}
