import Foundation
import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

@Suite struct HistoryStoreTests {
    /// 2026-11-21T12:00Z, in quarters of an hour.
    private static let noon = Station.noon / .seconds(900)

    private func dictionary(_ points: Int, scale: Int128 = 1) -> PointDictionary {
        PointDictionary(
            gateway: "g",
            points: (0..<points).map { index in
                PointDefinition(
                    index: index, device: "d\(index / 25)", id: "p\(index)",
                    source: .register(table: .holding, address: UInt16(index), type: .int16, count: 1),
                    scaling: .linear(scale: DecimalNumber(significand: scale, exponent: -1), offset: .zero))
            })
    }

    private func history(_ station: Station, points: Int = 4, in directory: String? = nil) -> HistoryStore {
        HistoryStore(
            directory: directory ?? station.directory, points: points, days: .fixed(offsetSeconds: 8 * 3600),
            time: station.time, executor: station.executor, logger: .silent,
            vfs: directory == nil ? station.vfs : nil)
    }

    private func closed(_ number: Int64, _ values: [Int64], points: Int = 4) -> QuarterHour.Closed {
        let statistics = (0..<points).map { point in
            var statistics = Statistics()
            for value in values { statistics.add(.integer(value + Int64(point))) }
            return (point: point, statistics: statistics)
        }
        return QuarterHour.Closed(number: number, record: HistoryRecord.encode(statistics))
    }

    private func numbers(_ span: PointHistory.Span?) -> [String] {
        guard let span, let raw = span.statistics.raw else { return [] }
        return [raw.low, raw.mean, raw.high].map(\.description) + ["\(span.statistics.count)"]
    }

    @Test func quartersOfADayBecomeItsValue() async throws {
        let station = try Station(name: "history")
        let history = history(station)
        let dictionary = dictionary(4)
        // The local day (UTC+8) that contains noon UTC: from 16:00 UTC the day before.
        let start = Self.noon - 80
        for quarter in 0..<96 as Range<Int64> {
            await history.append(closed(start + quarter, [quarter, 100]), dictionary: dictionary.id) {
                dictionary.json
            }
        }
        let last = (start + 95) * 900_000
        for _ in 0..<30 { await history.maintain(utcMilliseconds: last) }
        #expect(await history.history(device: "d0", point: "p2").days.isEmpty, "the day is not over")
        for _ in 0..<30 { await history.maintain(utcMilliseconds: last + 900_000) }
        let found = await history.history(device: "d0", point: "p2")
        #expect(found.quarters.count == 96)
        #expect(found.quarters.first?.number == start * 900_000)
        #expect(numbers(found.quarters.first) == ["2", "52", "102", "2"])
        #expect(found.days.map(\.number) == [(Station.noon / 1_000_000 + 8 * 3_600_000) / 86_400_000])
        #expect(numbers(found.days.first) == ["2", "75.75", "102", "192"])
        #expect(await history.history(device: "d0", point: "unknown").isEmpty)
        await history.close()
    }

    @Test func aRestartInAQuarterAddsToIt() async throws {
        let station = try Station(name: "history")
        let dictionary = dictionary(4)
        for values in [[10, 20], [30]] as [[Int64]] {
            let history = history(station)
            await history.append(closed(Self.noon, values), dictionary: dictionary.id) { dictionary.json }
            await history.close()
        }
        let again = history(station)
        #expect(numbers(await again.history(device: "d0", point: "p0").quarters.first) == ["10", "20", "30", "3"])
        await again.close()
    }

    /// Goal: seven days and two years are kept, under a changed configuration too, and the file stays within its bound.
    @Test func historyIsBoundedInTimeAndSpace() async throws {
        let station = try Station(name: "history")
        let history = history(station)
        let (old, new) = (dictionary(4), dictionary(4, scale: 10))
        let days: Int64 = 760
        for day in 0..<days {
            let dictionary = day < days - 3 ? old : new
            for quarter in [0, 40, 95] as [Int64] {
                let number = Self.noon - 80 + day * 96 + quarter
                await history.append(closed(number, [day, day + 1]), dictionary: dictionary.id) { dictionary.json }
            }
            let now = (Self.noon - 80 + (day + 1) * 96) * 900_000
            for _ in 0..<3 { await history.maintain(utcMilliseconds: now) }
        }
        let found = await history.history(device: "d0", point: "p1")
        #expect(found.days.count == 731)
        #expect(found.quarters.count == 3 * 7)
        #expect(numbers(found.days.last) == ["760", "760.5", "761", "6"])
        // What was stored under the old configuration is read with its scale.
        #expect(found.days.last?.point.scaling == .linear(scale: .one, offset: .zero))
        #expect(found.days.first?.point.scaling != found.days.last?.point.scaling)
        let size = station.fileSize("history.sqlite") + station.fileSize("history.sqlite-wal")
        #expect(size <= HistoryLimits.pages(points: 4) * 1024 + 1 << 20)
        await history.close()
    }

    /// Goal: whatever moment the power fails at, the history opens and what was returned is there.
    @Test(arguments: UInt64(1)...24)
    func aPowerCutLosesNothingThatWasReturned(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let station = try Station(vfs: FaultyDisk.vfsName, name: "history")
        let disk = FaultyDisk(directory: station.directory)
        let history = history(station)
        let dictionary = dictionary(4)
        let death = Int.random(in: 5...400, using: &random)
        disk.fail(
            Bool.random(using: &random)
                ? .write(after: death, forEver: true, code: FaultyDisk.writeError)
                : .sync(after: death / 8, forEver: true))
        var stored: [Int64] = []
        for number in Self.noon..<(Self.noon + 300) {
            let isStored = await history.append(closed(number, [number]), dictionary: dictionary.id) {
                dictionary.json
            }
            guard isStored else { break }
            stored.append(number)
            await history.maintain(utcMilliseconds: number * 900_000)
        }
        let image = station.directory + "/image"
        try disk.imageAfterPowerCut(in: image, using: &random)
        let crashed = self.history(station, in: image)
        let found = await crashed.history(device: "d0", point: "p0").quarters.map { $0.number / 900_000 }
        #expect(found.starts(with: stored), "seed \(seed)")
        #expect(found.count <= stored.count + 1, "seed \(seed)")
        await crashed.append(closed(Self.noon + 301, [1]), dictionary: dictionary.id) { dictionary.json }
        #expect(await crashed.history(device: "d0", point: "p0").quarters.last?.number == (Self.noon + 301) * 900_000)
        await crashed.close()
        await history.close()
    }

    @Test func aDamagedFileIsSetAsideAndANewOneBegun() async throws {
        let station = try Station(name: "history")
        let dictionary = dictionary(4)
        var history = history(station)
        for number in Self.noon..<(Self.noon + 400) {
            await history.append(closed(number, [number]), dictionary: dictionary.id) { dictionary.json }
        }
        await history.close()
        let handle = try #require(FileHandle(forUpdatingAtPath: station.path("history.sqlite")))
        try handle.write(contentsOf: Data(Station.noise(4096)))
        try handle.close()
        try FileManager.default.removeItem(atPath: station.path("history.sqlite-wal"))
        history = self.history(station)
        #expect(await history.append(closed(Self.noon, [1]), dictionary: dictionary.id) { dictionary.json })
        #expect(await history.history(device: "d0", point: "p0").quarters.count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: station.directory)
        #expect(names.contains { $0.hasPrefix("history.sqlite.damaged-") })
        await history.close()
    }

    /// What the history of 2,000 points takes and writes: slow processes, and floats with noise.
    @Test(arguments: [false, true])
    func twoThousandPointsTakeLittle(noisy: Bool) async throws {
        var random = SeededGenerator(seed: 1)
        let station = try Station(name: "history")
        let history = history(station, points: 2_000)
        let dictionary = dictionary(2_000)
        var values = (0..<2_000).map { _ in Double.random(in: 0...100, using: &random) }
        var start: UInt64 = 0
        let (warmUp, rounds) = (8, 24)
        for round in 0..<(warmUp + rounds) {
            if round == warmUp { start = try #require(await history.bytesWritten) }
            let statistics = values.indices.map { point in
                var statistics = Statistics()
                for _ in 0..<6 {
                    if point % 4 != 0 { values[point] += Double.random(in: -0.2...0.2, using: &random) }
                    let noise = noisy ? 1 + 0.002 * Double.random(in: -1...1, using: &random) : 1
                    statistics.add(
                        noisy
                            ? .float32(Float(values[point] * noise))
                            : .integer(Int64((values[point] * 10).rounded())))
                }
                return (point: point, statistics: statistics)
            }
            let quarter = QuarterHour.Closed(
                number: Self.noon + Int64(round), record: HistoryRecord.encode(statistics))
            if round == warmUp { print("history, noisy \(noisy): \(quarter.record.count) B a quarter of 2,000 points") }
            #expect(await history.append(quarter, dictionary: dictionary.id) { dictionary.json })
        }
        let perDay = Double(try #require(await history.bytesWritten) - start) / Double(rounds) * 96
        print("history, noisy \(noisy): wchar \((perDay / 1e4).rounded() / 100) MB a day")
        #expect(perDay < 8e6)
        await history.close()
    }
}

extension HistoryStore {
    var bytesWritten: UInt64? { WrittenBytes.ofThisThread() }
}
