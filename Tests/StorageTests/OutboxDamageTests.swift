import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import Storage

@Suite struct OutboxDamageTests {
    @Test func aFlippedBitInABatchIsFoundAndTold() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        var times: [BootTime] = []
        for _ in 0..<5 {
            station.time.advance(.seconds(10))
            times.append(station.time.bootTime())
            try await outbox.append(station.batch(bytes: 3700, fill: 0x5a))
        }
        await outbox.close()
        // Everything is in the file now; a WAL with the same pages would mend it.
        try FileManager.default.removeItem(atPath: station.path("outbox.sqlite-wal"))
        try station.damage("outbox.sqlite") { bytes in
            // The middle of some batch's body.
            let run = Data(repeating: 0x5a, count: 900)
            let at = bytes.range(of: run)!.lowerBound + 450
            bytes[at] ^= 0x10
        }
        let (again, report) = try await station.openAnchored()
        #expect(report.setAside == nil)
        var missing: [UInt64] = []
        for key in await again.unacknowledged(by: 0, after: nil, limit: 10) where await again.batch(key) == nil {
            missing.append(key.sequence)
        }
        #expect(missing.count == 1)
        let lost = try #require(missing.first)
        #expect(await again.waiting() == (1...5).filter { $0 != lost })
        #expect(again.status.damaged == 1)
        let gap = try #require(await again.takePendingGaps().first?.gap)
        #expect(gap.reason == .corrupt)
        #expect(gap.scope == .everything)
        // Its neighbours bound it.
        if lost > 1 { #expect(gap.from == .boot(times[Int(lost) - 2])) }
        if lost < 5 { #expect(gap.to == .boot(times[Int(lost)] - .seconds(1))) }
        await again.close()
    }

    @Test func aFileThatIsNoDatabaseIsSetAsideAndANewEpochBegins() async throws {
        let station = try Station()
        let (outbox, first) = try await station.openAnchored()
        for _ in 0..<3 { try await outbox.append(station.batch(bytes: 20_000)) }
        let last = station.time.bootTime()
        await outbox.close()
        // With its WAL the file would mend itself.
        try FileManager.default.removeItem(atPath: station.path("outbox.sqlite-wal"))
        try station.damage("outbox.sqlite") { $0.replaceSubrange(0..<4096, with: Data(repeating: 7, count: 4096)) }

        let (again, report) = try await station.openAnchored()
        #expect(report.epoch != first.epoch)
        #expect(report.isNew)
        #expect(report.batches == 0)
        let name = try #require(report.setAside?.name)
        #expect(name.hasPrefix("outbox.sqlite.damaged-2026"))
        #expect(station.fileSize(name) > 0)
        // The mark beside the file still knows how far the readings went.
        #expect(report.lastReading?.bootTime == last)
        // SalvageTests shows what is got out of it.
        #expect(again.status.salvaging == name)
        #expect(try await again.append(station.batch()).key == BatchKey(epoch: report.epoch, sequence: 1))
        await again.close()
    }

    @Test func atMostThreeDamagedFilesAreKept() async throws {
        let station = try Station()
        var names: [String] = []
        for _ in 0..<5 {
            let (outbox, report) = try await station.openAnchored()
            if let name = report.setAside?.name { names.append(name) }
            await outbox.close()
            try FileManager.default.removeItem(atPath: station.path("outbox.sqlite-wal"))
            station.time.advance(.seconds(1))
            try station.damage("outbox.sqlite") { $0 = Data(repeating: 32, count: 100_000) }
        }
        let (outbox, report) = try await station.openAnchored()
        names.append(try #require(report.setAside?.name))
        let kept = names.filter { station.fileSize($0) > 0 }
        #expect(kept == names.suffix(3))
        await outbox.close()
    }

    /// Else a disk that spoils each new file would push out the one with the data.
    @Test func aDamagedFileThatHeldNothingTakesNoPlace() async throws {
        let station = try Station()
        try Data("a few bytes".utf8).write(to: URL(fileURLWithPath: station.path("outbox.sqlite")))
        let (outbox, report) = try await station.openAnchored()
        #expect(report.setAside != nil)
        #expect(report.setAside?.name == nil)
        await outbox.close()
    }

    @Test func aDirectoryInTheFilesPlaceIsMovedAway() async throws {
        let station = try Station()
        try FileManager.default.createDirectory(
            atPath: station.path("outbox.sqlite"), withIntermediateDirectories: true)
        let (outbox, report) = try await station.openAnchored()
        #expect(report.setAside != nil)
        try await outbox.append(station.batch())
        await outbox.close()
    }

    @Test func aNoisyPageFoundWhileRunningEndsInANewStore() async throws {
        let station = try Station()
        let (outbox, first) = try await station.openAnchored()
        for _ in 0..<400 { try await outbox.append(station.batch(bytes: 2000)) }
        await outbox.close()
        // All but the first pages become noise: the file still opens.
        try station.damage("outbox.sqlite") { bytes in
            for at in 8192..<bytes.count { bytes[at] = UInt8(truncatingIfNeeded: at &* 31) }
        }
        let outbox2 = station.outbox()
        let report = try await outbox2.open()
        var epoch = report.epoch
        if epoch == first.epoch {
            for key in await outbox2.unacknowledged(by: 0, after: nil, limit: 5) { _ = await outbox2.batch(key) }
            await outbox2.maintain()
            epoch = try #require(outbox2.status.epoch)
        }
        #expect(epoch != first.epoch)
        try await outbox2.ensureDictionary(Station.dictionary, json: [])
        let stored = try await outbox2.append(station.batch())
        #expect(stored.key == BatchKey(epoch: epoch, sequence: 1))
        await outbox2.salvageAll()
        #expect(await outbox2.takePendingGaps().contains { $0.gap.reason == .corrupt })
        await outbox2.close()
    }

    /// SQLite itself sees nothing wrong here (library facts 4.6).
    @Test func commitsHiddenByADamagedWALAreNoticedAndTheirNumbersNotUsedAgain() async throws {
        let station = try Station()
        let (outbox, first) = try await station.openAnchored()
        var stored: [StoredBatch] = []
        for _ in 0..<20 {
            station.time.advance(.seconds(10))
            stored.append(try await outbox.append(station.batch(bytes: 2000)))
        }
        // A crash: the files as they are, with a piece of the WAL's middle gone.
        let image = station.path("image")
        try station.copy(["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"], to: image)
        try Station.damage(image + "/outbox.sqlite-wal") { bytes in
            let middle = bytes.count / 2
            bytes.replaceSubrange(middle..<(middle + 3000), with: Data(repeating: 0, count: 3000))
        }
        await outbox.close()

        let again = station.outbox(in: image)
        let report = try await again.open()
        #expect(report.epoch == first.epoch)
        // Only what lay there is lost; what lay behind is got out of the WAL.
        #expect((1...3).contains(report.missing))
        #expect(report.batches == 20 - report.missing)
        #expect(report.last?.sequence == 20)
        #expect(report.lastReading?.bootTime == station.time.bootTime())
        for key in await again.unacknowledged(by: 0, after: nil, limit: .max) {
            #expect(await again.batch(key) == stored[Int(key.sequence) - 1])
        }
        let gap = try #require(await again.takePendingGaps().first?.gap)
        #expect(gap.reason == .corrupt)
        try await again.ensureDictionary(Station.dictionary, json: [])
        #expect(try await again.append(station.batch()).key.sequence == 21)
        await again.close()

        let third = station.outbox(in: image)
        let last = try await third.open()
        #expect(last.missing == 0)
        #expect(last.batches == 21 - report.missing)
        await third.close()
    }

    /// Whatever the bytes, the store opens and stores.
    @Test(arguments: [UInt64](1...60))
    func aStoreWithNoiseInItAlwaysOpens(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let station = try Station(size: 1 << 20)
        let (outbox, _) = try await station.openAnchored([.city, .company])
        for _ in 0..<30 { try await outbox.append(station.batch(bytes: 1500)) }
        await outbox.acknowledge(sequences: [1, 2, 9, 12], by: 0)
        await outbox.close()
        for name in ["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"] where Bool.random(using: &generator) {
            try station.damage(name) { bytes in
                for _ in 0..<Int.random(in: 1...50, using: &generator) where !bytes.isEmpty {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    // Headers are hit as often as all the rest.
                    let place = Bool.random(using: &generator) ? at : at % min(bytes.count, 8192)
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
                }
            }
        }
        let again = station.outbox([.city, .company])
        _ = try await again.open()
        for receiver in 0...1 {
            for key in await again.unacknowledged(by: receiver, after: nil, limit: 100) { _ = await again.batch(key) }
        }
        var stored: StoredBatch?
        var errors: [StorageError] = []
        for _ in 0..<5 where stored == nil {
            station.time.advance(.seconds(61))
            await again.maintain()
            do {
                try await again.ensureDictionary(Station.dictionary, json: Array("{}".utf8))
                stored = try await again.append(station.batch())
            } catch {
                errors.append(error)
            }
        }
        let key = try #require(stored?.key, "seed \(seed): \(again.status.trouble ?? "no trouble") \(errors)")
        #expect(again.status.epoch == key.epoch, "seed \(seed)")
        await again.close()
    }
}

extension Station {
    func damage(_ name: String, _ body: (inout Data) -> Void) throws { try Self.damage(path(name), body) }

    static func damage(_ path: String, _ body: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: path)
        guard var bytes = try? Data(contentsOf: url) else { return }
        body(&bytes)
        try bytes.write(to: url)
    }

    func copy(_ names: [String], to target: String) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in names where FileManager.default.fileExists(atPath: path(name)) {
            try FileManager.default.copyItem(atPath: path(name), toPath: "\(target)/\(name)")
        }
    }
}
