import Foundation
import GatewayModel
import GatewayTestSupport
import Telemetry
import ThreadExecutor

@testable import Storage

/// Lives of a board that end with a power cut each, one after the other on what the one before has left: outbox, mark
/// and state file in one directory under the real SQLite.
///
/// The disk dies at a random call of SQLite's, keeps what was synced, and of the rest each write whole, torn at a sector
/// or not at all, in whatever order. Some lives end while the store is being opened.
final class PowerCuts {
    enum Disk: String {
        /// What it says is synced is synced.
        case honest
        /// It says "synced" and has not written yet.
        case lying
    }

    struct Tally {
        var cuts = 0
        var cutsWhileOpening = 0
        var batches = 0
        var setAside = 0
        var problems: [String] = []
    }

    private static let receivers: [OutboxReceiver] = [.city, .company]
    private let seed: UInt64
    private let kind: Disk
    private let station: Station
    private var generator: SeededGenerator
    private var directory: String
    private(set) var ledger = StoreLedger(receivers: receivers.count)
    private(set) var tally = Tally()

    init(seed: UInt64, disk: Disk, size: Int64 = 1 << 20) throws {
        self.seed = seed
        kind = disk
        generator = SeededGenerator(seed: seed)
        station = try Station(size: size, vfs: FaultyDisk.vfsName, name: "power")
        directory = station.path("0")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    func run(cuts: Int) async throws {
        while tally.cuts < cuts, tally.problems.isEmpty {
            let disk = FaultyDisk(directory: directory)
            disk.lies(kind == .lying)
            try await life(disk)
            try pullThePlug(disk)
        }
        try await checkOnceMore()
    }

    private func life(_ disk: FaultyDisk) async throws {
        let outbox = station.outbox(at: directory, Self.receivers)
        let state = station.state(at: directory)
        if generator.chance(0.2) {
            tally.cutsWhileOpening += 1
            disk.fail(.operation(after: Int.random(in: 0..<60, using: &generator), forEver: true))
            _ = try? await outbox.open()
            _ = try? await state.open()
            return
        }
        try await openAndCheck(outbox, state)
        disk.fail(.operation(after: Int.random(in: 0..<250, using: &generator), forEver: true))
        var isAlive = true
        for _ in 0..<60 where isAlive {
            station.time.advance(.seconds(10))
            isAlive = await step(outbox, state) && outbox.status.trouble == nil
        }
    }

    private func openAndCheck(_ outbox: Outbox, _ state: StateStore) async throws {
        let report: OpenReport
        do {
            report = try await outbox.open()
            try await patiently { try await outbox.ensureDictionary(Station.dictionary, json: Array("{}".utf8)) }
            let aside = try await state.open()
            if kind == .honest, let aside { problem("state set aside: \(aside.reason)") }
            await outbox.setAnchor(station.anchor)
        } catch {
            return problem("does not open: \(error)")
        }
        if report.setAside != nil { tally.setAside += 1 }
        guard kind == .honest else {
            ledger = StoreLedger(receivers: Self.receivers.count)
            return
        }
        for found in await ledger.check(outbox, report) { problem(found) }
        for found in await ledger.check(state) { problem(found) }
    }

    /// One thing that a store is asked to do. Returns false once the disk is dead.
    private func step(_ outbox: Outbox, _ state: StateStore) async -> Bool {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<6: return await append(outbox)
        case 6..<8:
            let receiver = Int.random(in: 0...1, using: &generator)
            let keys = await outbox.unacknowledged(by: receiver, after: nil, limit: 20)
                .filter { _ in generator.chance(0.8) }
            ledger.acknowledge(keys, by: receiver)
            await outbox.acknowledge(keys, by: receiver)
        case 8:
            let key = "k\(Int.random(in: 0..<5, using: &generator))"
            let value = generator.chance(0.2) ? nil : generator.bytes(Int.random(in: 0..<400, using: &generator))
            ledger.willSet(key, value)
            guard await state.set(key, in: "test", to: value) else { return false }
            ledger.confirmed(key, value)
        default: await outbox.maintain()
        }
        return true
    }

    private func append(_ outbox: Outbox) async -> Bool {
        let batches = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            let size = [50, 400, 3700, 12_000].randomElement(using: &generator) ?? 50
            return station.batch(body: generator.bytes(size))
        }
        ledger.willAppend(batches)
        guard let stored = try? await outbox.append(batches) else { return false }
        tally.batches += stored.count
        ledger.appended(stored)
        return true
    }

    /// The next life begins on what is left. The mark is written without waiting for the disk: it may be an older one,
    /// or gone.
    private func pullThePlug(_ disk: FaultyDisk) throws {
        tally.cuts += 1
        let next = station.path("\(tally.cuts)")
        try disk.imageAfterPowerCut(in: next, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: break
        case 1: try Data(generator.bytes(104)).write(to: URL(fileURLWithPath: "\(next)/outbox.mark"))
        default: try? FileManager.default.copyItem(atPath: "\(directory)/outbox.mark", toPath: "\(next)/outbox.mark")
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            // Set aside in this life: renamed, not written.
            guard name.contains(".damaged-") else { continue }
            try? FileManager.default.copyItem(atPath: "\(directory)/\(name)", toPath: "\(next)/\(name)")
        }
        try FileManager.default.removeItem(atPath: directory)
        directory = next
    }

    private func checkOnceMore() async throws {
        let disk = FaultyDisk(directory: directory)
        let outbox = station.outbox(at: directory, Self.receivers)
        let state = station.state(at: directory)
        try await openAndCheck(outbox, state)
        do {
            try await patiently {
                try await outbox.ensureDictionary(Station.dictionary, json: Array("{}".utf8))
                try await outbox.append(station.batch())
            }
        } catch {
            problem("does not store: \(error)")
        }
        await outbox.close()
        await state.close()
        withExtendedLifetime(disk) {}
    }

    /// A disk that lies may leave damage that only a write meets: the store then begins anew, and the next try succeeds.
    private func patiently(_ write: () async throws -> Void) async throws {
        for _ in 0..<(kind == .lying ? 2 : 0) {
            if (try? await write()) != nil { return }
            station.time.advance(.seconds(5))
        }
        try await write()
    }

    private func problem(_ text: String) {
        tally.problems.append("\(kind.rawValue) disk, SEED=\(seed), cut \(tally.cuts): \(text)")
    }
}
