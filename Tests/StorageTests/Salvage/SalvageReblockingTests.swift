import Foundation
import GatewayModel
import Telemetry
import Testing

@testable import Storage

/// Goal: where a damaged store held batches packed into others, and the new one packs its own meanwhile, each reading
/// comes out once. Of what was replaced, the bytes still lie in free pages and in the WAL. Method: nobody asks for
/// batches, so both stores re-block; then everything is read, and compared with the ledger of what was stored.
@Suite struct SalvageReblockingTests {
    enum Damage: CaseIterable {
        /// It turns out while the store runs, which knows by heart what has to be found.
        case whileRunning
        /// The first page is gone: only the mark tells which numbers there were.
        case firstPage
        /// And half of the database is zeros, as a dead block of the card gives.
        case firstPageAndDeadBlock
    }

    @Test(arguments: Damage.allCases, [1, 2, 3] as [UInt64])
    func whatWasPackedBeforeAndMeanwhileComesOutOnce(damage: Damage, seed: UInt64) async throws {
        let thinning = try ThinningStation(seed: seed, size: 2 << 20)
        var outbox = try await thinning.open()
        try await fill(outbox, thinning, to: 58)
        for _ in 0..<30 { await outbox.maintain() }
        #expect(outbox.status.reblocked > 8, "too little was packed for the test to mean anything")
        let old = try #require(outbox.status.epoch)
        switch damage {
        case .whileRunning:
            await outbox.beginAnewForTest()
            await outbox.maintain()
        case .firstPage, .firstPageAndDeadBlock:
            await outbox.close()
            // With it the file would mend itself.
            try FileManager.default.removeItem(atPath: thinning.station.path("outbox.sqlite-wal"))
            try thinning.station.damage("outbox.sqlite") { bytes in
                let dead = damage == .firstPage ? 0..<1024 : 0..<(bytes.count / 4096 * 1024)
                bytes.replaceSubrange(dead, with: Data(count: dead.count))
            }
            outbox = try await thinning.open()
        }
        #expect(outbox.status.epoch != old)
        try await outbox.ensureDictionary(thinning.dictionary.id, json: thinning.dictionary.json)
        // Pieces of the search between what is read and packed meanwhile.
        for _ in 0..<40 {
            try await thinning.store(in: outbox, cycles: 6)
            thinning.station.time.advance(.seconds(61))
            await outbox.maintain()
        }
        await outbox.salvageAll()
        for _ in 0..<100 { await outbox.maintain() }

        let found = try await everything(in: outbox)
        #expect(Set(found.readings).count == found.readings.count, "seed \(seed): a reading comes out twice")
        let expected = Set(thinning.ledger)
        #expect(expected.isSuperset(of: found.readings), "seed \(seed)")
        let lost = expected.subtracting(found.readings)
        if damage == .firstPageAndDeadBlock {
            #expect(lost.count < expected.count / 2, "seed \(seed): \(lost.count) of \(expected.count) lost")
            #expect(!lost.isEmpty && outbox.status.salvaged > 0, "seed \(seed)")
        } else {
            #expect(lost.isEmpty, "seed \(seed): \(lost.count) of \(expected.count) lost")
        }
        #expect(found.epochs == [old, try #require(outbox.status.epoch)])
        await outbox.close()
    }

    private func fill(_ outbox: Outbox, _ thinning: ThinningStation, to percent: Double) async throws {
        thinning.station.time.advance(.seconds(61))
        while outbox.status.fillPercent < percent { try await thinning.store(in: outbox, cycles: 6) }
    }

    private func everything(in outbox: Outbox) async throws -> (readings: [Reading], epochs: Set<Epoch>) {
        var readings: [Reading] = []
        var epochs: Set<Epoch> = []
        for key in await outbox.unacknowledged(by: 0, after: nil, limit: .max) {
            let batch = try #require(await outbox.batch(key))
            readings += try BatchEnvelope.decode(batch.bytes).content().readings
            epochs.insert(key.epoch)
        }
        return (readings, epochs)
    }
}
