import CSQLite
import Foundation
import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

/// Goal: an error of any single call of SQLite's loses nothing, doubles nothing, and is got over. Method: fail operation
/// N of a fixed course of work, check, N + 1, until none fails; once, and from there on until it is repaired.
@Suite struct FaultLoopTests {
    enum Course: CaseIterable { case once, untilRepaired, onceFull, fullUntilRepaired }

    @Test(arguments: Course.allCases)
    func everyOperationOfBothFilesMayFail(course: Course) async throws {
        let step = SoakSettings.everyFault ? 1 : [.once: 2, .untilRepaired: 5][course] ?? 11
        var faults: [DiskOperation: Int] = [:]
        var number = step == 1 ? 0 : Int(SoakSettings.seed) % step
        var duplicates = 0
        while true {
            let run = try Run(fault: number, course)
            let hit = try await run.work()
            #expect(run.problems == [], "\(course) \(number) \(String(describing: hit))")
            guard let hit, run.problems.isEmpty else { break }
            faults[hit, default: 0] += 1
            duplicates += run.duplicates
            number += step
        }
        let kinds = faults.sorted { "\($0.key)" < "\($1.key)" }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        print("fault loop, \(course): \(faults.values.reduce(0, +)) faults (\(kinds)), \(duplicates) sent again")
        #expect(faults[.write, default: 0] > 10 && faults[.sync, default: 0] > 2)
    }

    /// One course of work under one fault, with a caller that tries again as the contract says.
    private final class Run {
        private let station: Station
        private let disk: FaultyDisk
        private let number: Int
        private let isLasting: Bool
        private let code: CInt?
        private var outbox: Outbox
        private var state: StateStore
        private var ledger = StoreLedger(receivers: 2)
        private var failures = 0
        private(set) var problems: [String] = []
        var duplicates: Int { ledger.duplicates }

        init(fault number: Int, _ course: Course) throws {
            station = try Station(size: 1 << 20, vfs: FaultyDisk.vfsName, name: "loop")
            disk = FaultyDisk(directory: station.directory)
            self.number = number
            isLasting = [.untilRepaired, .fullUntilRepaired].contains(course)
            code = [.onceFull, .fullUntilRepaired].contains(course) ? SQLITE_FULL : nil
            outbox = station.outbox([.city, .company])
            state = station.state(at: station.directory)
        }

        /// Returns the operation that failed; nil: the course has fewer.
        func work() async throws -> DiskOperation? {
            disk.fail(.operation(after: number, forEver: isLasting), code: code)
            await open()
            for round in 1...16 { await self.round(round) }
            await outbox.close()
            await state.close()
            let operations = disk.operations
            disk.fail(.none)
            // A second start on a sound disk must find it all.
            outbox = station.outbox([.city, .company])
            state = station.state(at: station.directory)
            await open()
            await outbox.close()
            await state.close()
            return operations.indices.contains(number) ? operations[number] : nil
        }

        private func open() async {
            var report: OpenReport?
            await patiently { report = try await self.outbox.open() }
            await patiently { try await self.state.open() }
            await patiently { try await self.outbox.ensureDictionary(Station.dictionary, json: Array("{}".utf8)) }
            await outbox.setAnchor(station.anchor)
            guard let report else { return problems.append("never opened") }
            problems += await ledger.check(outbox, report)
            problems += await ledger.check(state)
        }

        private func round(_ round: Int) async {
            station.time.advance(.seconds(10))
            let batch = station.batch(bytes: round % 3 == 0 ? 9000 : 2500)
            ledger.willAppend([batch])
            await patiently {
                let stored = try await self.outbox.append(batch)
                self.ledger.appended([stored])
                if stored.key.sequence != UInt64(round) {
                    self.problems.append("batch \(round) became number \(stored.key.sequence)")
                }
            }
            if round % 4 == 0 {
                let value = [UInt8](repeating: UInt8(round), count: 300)
                ledger.willSet("round", value)
                var isSaved = await state.set("round", in: "test", to: value)
                while !isSaved, failures < 100 {
                    fail()
                    isSaved = await state.save()
                }
                ledger.confirmed("round", value)
            }
            if round % 5 == 0 {
                for receiver in 0...1 {
                    let keys = await outbox.unacknowledged(by: receiver, after: nil, limit: 3)
                    ledger.acknowledge(keys, by: receiver)
                    await outbox.acknowledge(keys, by: receiver)
                }
                station.time.advance(.seconds(61))
                await outbox.maintain()
            }
            for key in await outbox.unacknowledged(by: 0, after: nil, limit: 2) { _ = await outbox.batch(key) }
        }

        private func patiently(_ body: () async throws -> Void) async {
            while failures < 100 {
                do {
                    return try await body()
                } catch {
                    guard (error as? StorageError)?.recovery == .retryLater else {
                        return problems.append("\(error)")
                    }
                    fail()
                }
            }
            problems.append("not got over after \(failures) tries: \(outbox.status.trouble ?? "no trouble")")
        }

        /// A lasting fault is repaired after the third failure.
        private func fail() {
            failures += 1
            station.time.advance(.seconds(61))
            if failures == 3, isLasting { disk.repair() }
        }
    }
}
