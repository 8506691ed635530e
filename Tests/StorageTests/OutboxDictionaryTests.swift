import GatewayModel
import Testing

@testable import Storage

@Suite struct OutboxDictionaryTests {
    private let old = Station.identifier(1)
    private let new = Station.identifier(2)
    private let oldText = Array(#"{"old":1}"#.utf8)
    private let newText = Array(#"{"new":1}"#.utf8)

    @Test func aDictionaryIsKeptAsLongAsAStoredBatchNeedsIt() async throws {
        let station = try Station()
        let outbox = station.outbox()
        _ = try await outbox.open()
        await outbox.setAnchor(station.anchor)
        try await outbox.ensureDictionary(old, json: oldText)
        for _ in 0..<3 { try await outbox.append(station.batch(dictionary: old)) }
        try await outbox.ensureDictionary(new, json: newText)
        // Sealed under the old configuration, stored after the change.
        try await outbox.append(station.batch(dictionary: old))
        try await outbox.append(station.batch(dictionary: new))
        await outbox.close()

        let again = station.outbox()
        _ = try await again.open()
        #expect(await again.dictionary(old) == oldText)
        #expect(await again.dictionary(new) == newText)
        #expect(await again.batch(try #require(await again.unacknowledged(by: 0, after: nil, limit: 1).first)) != nil)
        await again.acknowledge(sequences: 1...3)
        station.time.advance(.seconds(61))
        await again.maintain()
        #expect(await again.dictionary(old) == oldText)
        await again.acknowledge(sequences: [4, 5])
        station.time.advance(.seconds(61))
        await again.maintain()
        #expect(await again.dictionary(old) == nil)
        // The current one stays, batches or not.
        #expect(await again.dictionary(new) == newText)
        await again.close()
    }

    @Test func aBatchOfAnUnknownDictionaryIsNotStored() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        let error = await #expect(throws: StorageError.self) {
            try await outbox.append(station.batch(dictionary: new))
        }
        #expect(error?.recovery == .ensureDictionary)
        try await outbox.ensureDictionary(new, json: newText)
        #expect(try await outbox.append(station.batch(dictionary: new)).key.sequence == 1)
        await outbox.close()
    }

    @Test func goingBackToAnEarlierConfigurationReusesItsDictionary() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        for round in 0..<6 {
            let id = round.isMultiple(of: 2) ? old : new
            try await outbox.ensureDictionary(id, json: oldText)
            try await outbox.append(station.batch(dictionary: id))
        }
        await outbox.acknowledge(sequences: 1...6)
        station.time.advance(.seconds(61))
        await outbox.maintain()
        #expect(await outbox.dictionary(old) == nil)
        #expect(await outbox.dictionary(new) == oldText)
        await outbox.close()
    }

    @Test func manyConfigurationsDoNotFillTheStore() async throws {
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored()
        for number in 0..<200 as Range<UInt8> {
            let id = Station.identifier(number)
            try await outbox.ensureDictionary(id, json: [UInt8](repeating: number, count: 3000))
            try await outbox.append(station.batch(dictionary: id))
            #expect(station.footprint <= 1 << 20)
        }
        // The oldest batches gave way together with their dictionaries, and a gap record says so.
        #expect(outbox.status.evicted > 0)
        #expect(await outbox.takePendingGaps().count == 1)
        for key in await outbox.unacknowledged(by: 0, after: nil, limit: 1000) {
            let batch = try #require(await outbox.batch(key))
            #expect(await outbox.dictionary(batch.dictionary)?.count == 3000)
        }
        await outbox.close()
    }
}
