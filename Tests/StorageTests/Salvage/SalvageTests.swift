import Foundation
import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

/// Goal: of a damaged store everything sound is sent, under the key it had, and only what is lost is told as lost.
@Suite struct SalvageTests {
    /// Flips bits in one page of the database or the WAL after the other.
    @Test(arguments: ["outbox.sqlite", "outbox.sqlite-wal"])
    func aPageWithFlippedBitsCostsAtMostWhatLiesOnIt(name: String) async throws {
        var generator = SeededGenerator(seed: SoakSettings.seed)
        let sound = try await soundStore(using: &generator)
        let pages = Int(sound.station.fileSize("image/\(name)")) / 1024
        let step = SoakSettings.everyFault ? 1 : 5
        var tally = (pages: 0, setAside: 0, salvaged: 0, lost: 0)
        for page in stride(from: Int(SoakSettings.seed) % step, to: pages, by: step) {
            let directory = sound.station.path("page")
            try sound.copy(to: directory)
            try Station.damage("\(directory)/\(name)") { bytes in
                for _ in 0..<[1, 1, 2, 8, 100][Int.random(in: 0..<5, using: &generator)] {
                    let at = page * 1024 + Int.random(in: 0..<1024, using: &generator)
                    if at < bytes.count { bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator) }
                }
            }
            let found = try await sound.compare(in: directory)
            #expect(found.problems == [], "SEED=\(SoakSettings.seed) \(name) page \(page)")
            #expect(found.lost <= 10, "SEED=\(SoakSettings.seed) \(name) page \(page)")
            tally.pages += 1
            tally.setAside += found.setAside ? 1 : 0
            tally.salvaged += found.salvaged
            tally.lost += found.lost
            try FileManager.default.removeItem(atPath: directory)
        }
        print(
            "bit flips in \(name), SEED=\(SoakSettings.seed): \(tally.pages) pages, \(tally.setAside) times set aside,",
            "\(tally.salvaged) batches salvaged, \(tally.lost) lost and told")
        #expect(tally.pages > 10)
    }

    @Test func aFileWithoutItsHeadIsSalvagedWhole() async throws {
        var generator = SeededGenerator(seed: 3)
        let sound = try await soundStore(using: &generator)
        let directory = sound.station.path("head")
        try sound.copy(to: directory)
        try FileManager.default.removeItem(atPath: "\(directory)/outbox.sqlite-wal")
        try Station.damage("\(directory)/outbox.sqlite") {
            $0.replaceSubrange(0..<1024, with: Data(repeating: 7, count: 1024))
        }
        let outbox = sound.station.outbox(in: directory, receivers: [.city, .company])
        let report = try await outbox.open()
        #expect(report.setAside != nil && report.epoch != sound.epoch)
        // What is read meanwhile is stored at once.
        try await outbox.ensureDictionary(Station.dictionary, json: Array("{}".utf8))
        #expect(try await outbox.append(sound.station.batch()).key.sequence == 1)
        // The salvage goes on after a restart.
        await outbox.maintain()
        await outbox.close()
        let again = sound.station.outbox(in: directory, receivers: [.city, .company])
        _ = try await again.open()
        await again.setAnchor(sound.station.anchor)
        await again.salvageAll()
        let waiting = await again.unacknowledged(by: 1, after: nil, limit: .max)
        #expect(waiting.last == BatchKey(epoch: report.epoch, sequence: 1))
        // The WAL held the newest; the mark knows that there were more.
        #expect(waiting.count > sound.batches.count / 2)
        #expect(again.status.salvaging == nil)
        for key in waiting.dropLast() { #expect(await again.batch(key) == sound.batches[key.sequence]) }
        let gap = try #require(await again.takePendingGaps().first?.gap)
        #expect(gap.reason == .corrupt)
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(names.contains { $0.contains(".searched-") })
        #expect(!names.contains { $0.contains(".damaged-") })
        // Acknowledged like any other, they go.
        for receiver in 0...1 { await again.acknowledge(waiting, by: receiver) }
        sound.station.time.advance(.seconds(61))
        for _ in 0..<10 { await again.maintain() }
        #expect(await again.unacknowledged(by: 0, after: nil, limit: .max) == [])
        #expect(again.status.batches == 0)
        await again.close()
    }

    /// What a receiver has is not sent to it again, though the file that knew it is damaged.
    @Test func acknowledgementsOutliveTheDamage() async throws {
        let station = try Station()
        let (outbox, first) = try await station.openAnchored([.city, .company])
        for _ in 0..<30 { try await outbox.append(station.batch(bytes: 3000)) }
        await outbox.acknowledge(sequences: 1...20, by: 0)
        await outbox.acknowledge(sequences: 1...10, by: 1)
        // Damaged while it runs: a page that is read next turns out to be noise.
        await outbox.beginAnewForTest()
        await outbox.salvageAll()
        #expect(await outbox.unacknowledged(by: 0, after: nil, limit: .max).map(\.sequence) == Array(21...30))
        #expect(await outbox.unacknowledged(by: 1, after: nil, limit: .max).map(\.sequence) == Array(11...30))
        #expect(await outbox.unacknowledged(by: 0, after: nil, limit: 1).first?.epoch == first.epoch)
        #expect(outbox.status.epoch != first.epoch)
        #expect(await outbox.takePendingGaps().isEmpty)
        // Newest first, and page by page.
        #expect(await outbox.unacknowledged(by: 0, before: nil, limit: 3).map(\.sequence) == [30, 29, 28])
        let page = await outbox.unacknowledged(by: 0, after: nil, limit: 4)
        #expect(await outbox.unacknowledged(by: 0, after: page.last, limit: 2).map(\.sequence) == [25, 26])
        await outbox.close()
    }

    @Test func theDictionaryOfSalvagedBatchesIsKept() async throws {
        let json = Array(#"{"version":1,"gateway":"a","points":[]}"#.utf8) + [UInt8](repeating: 32, count: 3000)
        let id = PointDictionary.id(of: json)
        for wipesHead in [false, true] {
            let station = try Station()
            let outbox = station.outbox()
            _ = try await outbox.open()
            await outbox.setAnchor(station.anchor)
            try await outbox.ensureDictionary(id, json: json)
            for _ in 0..<5 { try await outbox.append(station.batch(bytes: 3000, dictionary: id)) }
            await outbox.close()
            try FileManager.default.removeItem(atPath: station.path("outbox.sqlite-wal"))
            try station.damage("outbox.sqlite") { bytes in
                if wipesHead { bytes.replaceSubrange(0..<1024, with: Data(repeating: 7, count: 1024)) }
            }
            let again = station.outbox()
            _ = try await again.open()
            if !wipesHead { await again.beginAnewForTest() }
            await again.salvageAll()
            #expect(await again.unacknowledged(by: 0, after: nil, limit: .max).count == 5)
            #expect(await again.dictionary(id) == json)
            await again.close()
        }
    }

    // MARK: - A sound store to damage

    private struct Sound {
        let station: Station
        let epoch: Epoch
        /// By number; those that both receivers have are not in it.
        let batches: [UInt64: StoredBatch]

        func copy(to directory: String) throws {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            for name in ["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"] {
                try FileManager.default.copyItem(atPath: station.path("image/\(name)"), toPath: "\(directory)/\(name)")
            }
        }

        /// Opens a damaged copy, lets it repair itself and compares.
        func compare(in directory: String) async throws -> (
            problems: [String], lost: Int, salvaged: Int, setAside: Bool
        ) {
            let outbox = station.outbox(in: directory, receivers: [.city, .company])
            let report = try await outbox.open()
            var problems: [String] = []
            // Everything is read as for sending, which finds what is damaged.
            var found: [UInt64: StoredBatch] = [:]
            for _ in 0..<6 {
                for key in await outbox.unacknowledged(by: 1, after: nil, limit: .max) where key.epoch == epoch {
                    found[key.sequence] = await outbox.batch(key) ?? found[key.sequence]
                }
                station.time.advance(.seconds(61))
                await outbox.salvageAll()
            }
            for (number, batch) in found where batches[number].map({ $0 != batch }) ?? false {
                problems.append("batch \(number) is other bytes now")
            }
            let lost = batches.keys.filter { found[$0] == nil }
            let gaps = await outbox.takePendingGaps()
            if !lost.isEmpty, !gaps.contains(where: { $0.gap.reason == .corrupt }) {
                problems.append("batches \(lost.sorted()) are lost and nobody is told")
            }
            if outbox.status.salvaging != nil { problems.append("the salvage does not end") }
            do {
                try await outbox.ensureDictionary(Station.dictionary, json: Array("{}".utf8))
                try await outbox.append(station.batch())
            } catch { problems.append("does not store: \(error)") }
            let salvaged = Int(clamping: outbox.status.salvaged)
            let setAside = report.setAside != nil || outbox.status.epoch != epoch
            await outbox.close()
            return (problems, lost.count, salvaged, setAside)
        }
    }

    private func soundStore(using generator: inout SeededGenerator) async throws -> Sound {
        let station = try Station(size: 1 << 20, name: "salvage")
        let (outbox, report) = try await station.openAnchored([.city, .company])
        var batches: [UInt64: StoredBatch] = [:]
        for number in 1...90 as ClosedRange<UInt64> {
            station.time.advance(.seconds(10))
            let size = [60, 300, 1500, 3700, 9000][Int(number) % 5]
            batches[number] = try await outbox.append(station.batch(body: generator.bytes(size)))
            if number == 50 {
                for receiver in 0...1 { await outbox.acknowledge(sequences: 1...10, by: receiver) }
                await outbox.acknowledge(sequences: 11...20, by: 0)
                station.time.advance(.seconds(61))
                await outbox.maintain()
            }
        }
        // As a crash leaves it: the newest batches in the WAL only.
        try station.copy(["outbox.sqlite", "outbox.sqlite-wal", "outbox.mark"], to: station.path("image"))
        await outbox.close()
        return Sound(station: station, epoch: report.epoch, batches: batches.filter { $0.key > 10 })
    }
}

extension Outbox {
    /// Goes on until nothing is left to be searched.
    func salvageAll() async {
        await maintain()
        for _ in 0..<200 where isSalvaging { await maintain() }
    }

    /// As if the file had just turned out to be damaged.
    func beginAnewForTest() {
        fail(StorageError(.retryLater, code: .corrupt, operation: "test", message: "damaged"))
        _ = try? openedFile()
    }
}
