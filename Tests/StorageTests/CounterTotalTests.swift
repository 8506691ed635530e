import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import Storage

/// Goal: no counter is ever below a total that left the box.
@Suite struct CounterTotalTests {
    @Test func aTotalIsDurableWithTheBatchThatTellsIt() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        try await outbox.append(station.batch(), totals: [CounterTotal(key: "water", value: 41)])
        try await outbox.append([station.batch(), station.batch()], totals: [CounterTotal(key: "water", value: 42)])
        // A total only rises.
        try await outbox.append(station.batch(), totals: [CounterTotal(key: "water", value: 7)])
        await outbox.close()
        let (again, _) = try await station.openAnchored()
        #expect(await again.counterTotals() == ["water": 42])
        await again.close()
    }

    /// Every operation of the append fails once: afterwards the total is there exactly if its batch is.
    @Test func batchAndTotalAreStoredTogetherOrNotAtAll() async throws {
        var outcomes: Set<Bool> = []
        for number in 0..<40 {
            let station = try Station(vfs: FaultyDisk.vfsName, name: "totals")
            let disk = FaultyDisk(directory: station.directory)
            let (outbox, _) = try await station.openAnchored()
            disk.fail(.operation(after: number, forEver: true))
            _ = try? await outbox.append(station.batch(), totals: [CounterTotal(key: "water", value: 9)])
            await outbox.close()
            disk.fail(.none)
            let again = station.outbox()
            let report = try await again.open()
            let isStored = report.batches == 1
            #expect(await again.counterTotals() == (isStored ? ["water": 9] : [:]), "operation \(number)")
            outcomes.insert(isStored)
            await again.close()
        }
        #expect(outcomes == [true, false])
    }

    @Test func theLargerOfBothCopiesWins() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        let state = station.state(at: station.directory)
        try await state.open()
        try await outbox.append(
            station.batch(), totals: [CounterTotal(key: "a", value: 10), CounterTotal(key: "b", value: 5)])
        await state.noteTotals([CounterTotal(key: "a", value: 8), CounterTotal(key: "b", value: 6)])
        await state.noteTotals([CounterTotal(key: "c", value: 1), CounterTotal(key: "b", value: 2)])
        #expect(await state.totals(with: outbox) == ["a": 10, "b": 6, "c": 1])
        await outbox.close()
        await state.close()
    }

    @Test(arguments: [false, true])
    func totalsOutliveTheDamageOfEitherFile(stateIsDamaged: Bool) async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        let state = station.state(at: station.directory)
        try await state.open()
        for number in 1...20 as ClosedRange<Int64> {
            try await outbox.append(station.batch(bytes: 3000), totals: [CounterTotal(key: "a", value: number)])
        }
        await state.noteTotals([CounterTotal(key: "a", value: 20)])
        await outbox.close()
        await state.close()
        let name = stateIsDamaged ? "state.sqlite" : "outbox.sqlite"
        try FileManager.default.removeItem(atPath: station.path("\(name)-wal"))
        try station.damage(name) { $0.replaceSubrange(0..<1024, with: Data(repeating: 7, count: 1024)) }
        let (again, report) = try await station.openAnchored()
        let stateAgain = station.state(at: station.directory)
        let aside = try await stateAgain.open()
        #expect((aside != nil) == stateIsDamaged && (report.setAside != nil) == !stateIsDamaged)
        #expect(await stateAgain.totals(with: again) == ["a": 20])
        await again.close()
        await stateAgain.close()
    }

    @Test func theyAreBounded() async throws {
        let station = try Station()
        let (outbox, _) = try await station.openAnchored()
        let many = (0..<1_100).map { CounterTotal(key: "c\($0)", value: 1) }
        let long = CounterTotal(key: String(repeating: "x", count: 200), value: 1)
        try await outbox.append(station.batch(), totals: [long] + many)
        #expect(await outbox.counterTotals().count == CounterTotal.limit)
        await outbox.close()
    }
}
