import GatewayModel
import Testing

@testable import Storage

/// Counts what the store's thread gives to write(2) (the kernel's `wchar`): append, acknowledgement, deletion,
/// checkpoints and the commit mark, in the steady state. A counter, not a timing.
@Suite struct WrittenBytesTests {
    struct Load: CustomTestStringConvertible {
        var name: String
        /// Bytes of one stored batch, and batches in one append.
        var batch: Int
        var group = 1
        /// Between two appends.
        var period: Nanoseconds
        var readings: Double
        var acknowledges = true
        /// B per append.
        var budget: Double
        var testDescription: String { name }
    }

    static let loads = [
        // Budgets of the whole daemon: 10 B and 3 B per reading, 60 MB a day.
        Load(name: "2,000 readings per 10 s", batch: 3700, period: .seconds(10), readings: 2000, budget: 20_000),
        // Sealed at 4,096 readings, so three batches a minute.
        Load(name: "12,000 readings per 60 s", batch: 2700, period: .seconds(20), readings: 4000, budget: 12_000),
        // The same, waiting for each other until the minute is over.
        Load(
            name: "12,000 readings per 60 s in one append", batch: 2700, group: 3, period: .seconds(60),
            readings: 12_000, budget: 36_000),
        Load(name: "100 readings per 10 s", batch: 250, period: .seconds(10), readings: 100, budget: 6900),
        Load(
            name: "2,000 readings per 10 s, nobody acknowledges", batch: 3700, period: .seconds(10), readings: 2000,
            acknowledges: false, budget: 20_000),
    ]

    @Test(arguments: loads)
    func theSteadyStateStaysWithinItsBudget(load: Load) async throws {
        let station = try Station(size: 256 << 20)
        let (outbox, _) = try await station.openAnchored([.city, .company])
        let warmUp = 300
        let rounds = 900
        var start: UInt64 = 0
        for round in 0..<(warmUp + rounds) {
            if round == warmUp { start = try #require(outbox.status.bytesWritten) }
            station.time.advance(load.period)
            let batches = (0..<load.group).map { _ in station.batch(bytes: load.batch - 120) }
            let keys = try await outbox.append(batches).map(\.key)
            if load.acknowledges {
                for receiver in 0...1 { await outbox.acknowledge(keys, by: receiver) }
            }
            await outbox.maintain()
        }
        let end = try #require(outbox.status.bytesWritten)
        let perAppend = Double(end - start) / Double(rounds)
        let perReading = perAppend / load.readings
        let perDay = perAppend * Double(86_400 * .seconds(1) / load.period) / 1e6
        print(
            "wchar, \(load.name): \(Int(perAppend)) B an append, \((perReading * 100).rounded() / 100) B a reading,",
            "\((perDay * 10).rounded() / 10) MB a day")
        #expect(perAppend <= load.budget)
        if load.acknowledges { #expect(outbox.status.batches < 20) }
        await outbox.close()
    }

    /// A backlog that drains after an outage: what deleting a batch costs beside what sending needs.
    @Test func deletingABacklogWritesLittle() async throws {
        let station = try Station(size: 64 << 20)
        let (filling, _) = try await station.openAnchored()
        for _ in 0..<2000 { try await filling.append(station.batch(bytes: 3600)) }
        // So that the appends' own checkpoint is not counted.
        await filling.close()
        let (outbox, _) = try await station.openAnchored()
        await outbox.maintain()
        let start = try #require(outbox.status.bytesWritten)
        for first in stride(from: UInt64(1), through: 2000, by: 20) {
            await outbox.acknowledge(sequences: first...(first + 19))
        }
        station.time.advance(.seconds(60))
        for _ in 0..<10 { await outbox.maintain() }
        #expect(outbox.status.batches == 0)
        await outbox.close()
        let written = try #require(outbox.status.bytesWritten) - start
        print("wchar, draining 2,000 batches of 3.7 kB: \(written / 2000) B a batch")
        #expect(written < 2000 * 400)
    }
}
