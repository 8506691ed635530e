import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

/// Goal: a full store thins before it drops, within its size at every moment, and says what is missing. Method: years
/// of readings in batches of random length, receivers that come and go, restarts; then everything that is stored is
/// compared with the ledger of what was given to it.
@Suite struct ThinningTests {
    @Test(arguments: UInt64(1)...3)
    func everythingIsThereOrAccountedFor(seed: UInt64) async throws {
        let thinning = try ThinningStation(seed: seed)
        var outbox = try await thinning.open([.city, .museum])
        var restarts = 0
        for round in 0..<700 {
            let cycles = [1, 30, 100, 200].randomElement(using: &thinning.random) ?? 1
            let period: Nanoseconds =
                [.seconds(10), .seconds(20)].randomElement(using: &thinning.random) ?? .seconds(10)
            try await thinning.store(in: outbox, cycles: cycles, period: period)
            #expect(thinning.station.footprint <= 1 << 20, "seed \(seed), round \(round)")
            if Int.random(in: 0..<3, using: &thinning.random) == 0 { await outbox.maintain() }
            #expect(thinning.station.footprint <= 1 << 20, "seed \(seed), round \(round)")
            // Some are fetched and some acknowledged, by one of the two: they keep their own company.
            if Int.random(in: 0..<10, using: &thinning.random) == 0 {
                for key in await outbox.unacknowledged(by: 1, after: nil, limit: 2) {
                    _ = await outbox.batch(key)
                    if Bool.random(using: &thinning.random) { await outbox.acknowledge([key], by: 1) }
                }
            }
            if Int.random(in: 0..<150, using: &thinning.random) == 0 {
                restarts += 1
                await outbox.close()
                outbox = try await thinning.open([.city, .museum])
            }
        }
        let status = outbox.status
        #expect(status.trouble == nil, "seed \(seed)")
        if restarts == 0 { #expect(status.thinned > 0, "seed \(seed)") }
        let found = try await Holdings(outbox)
        #expect(!found.aggregates.isEmpty, "seed \(seed)")
        try Self.compare(found, thinning, evicted: status.evicted, seed)
        await outbox.close()
    }

    private static func compare(
        _ found: Holdings, _ thinning: ThinningStation, evicted: UInt64, _ seed: UInt64
    ) throws {
        // Nothing is dropped while gauges can still be thinned, and this store is large enough for the rest.
        #expect(evicted == 0, "seed \(seed)")
        // Counters, states and the moments when a point had no value: every one of them.
        let gauges = 0..<ThinningStation.gauges
        func isEssential(_ reading: Reading) -> Bool { !gauges.contains(reading.point) || reading.sample == nil }
        let essential = thinning.ledger.filter(isEssential)
        #expect(found.readings.filter(isEssential).ordered() == essential.ordered(), "seed \(seed)")

        // Gauges: every value is there as a reading, or in exactly one aggregate of its span.
        let beside = Set(found.besideAggregates.filter { !isEssential($0) })
        let whole = found.readings.filter { !isEssential($0) && !beside.contains($0) }
        let wholeSet = Set(whole)
        let offset = thinning.station.anchor.offsetMilliseconds
        var expected: [Span: Statistics] = [:]
        var spans: [Span: Statistics] = [:]
        var widths: [Int64: Set<Span>] = [:]
        for (width, item) in found.aggregates {
            let span = Span(point: item.point, from: item.from.milliseconds, width: width)
            #expect((item.from.milliseconds + offset) % width == 0, "aligned to UTC")
            spans[span, default: Statistics()].add(item.statistics)
            widths[width, default: []].insert(span)
        }
        var nowhere = 0
        var unclear: Set<Span> = []
        for reading in thinning.ledger where !isEssential(reading) && !wholeSet.contains(reading) {
            guard let sample = reading.sample else { continue }
            let homes = widths.keys.compactMap { width -> Span? in
                let number = AggregateBlock.span(of: reading.time.milliseconds, width: width, offset: offset)
                let span = Span(point: reading.point, from: number * width - offset, width: width)
                return spans[span] == nil ? nil : span
            }
            guard let home = homes.first else {
                nowhere += 1
                continue
            }
            // Where a span was thinned to two widths, its readings cannot be told apart by time alone.
            if homes.count > 1 { unclear.formUnion(homes) }
            expected[home, default: Statistics()].add(sample)
        }
        #expect(nowhere == 0, "seed \(seed)")
        #expect(unclear.count < spans.count / 2, "seed \(seed)")
        for (span, statistics) in expected where !unclear.contains(span) {
            #expect(spans[span]?.count == statistics.count, "seed \(seed), \(span)")
            let (a, b) = (try #require(spans[span]?.raw), try #require(statistics.raw))
            #expect(a.low == b.low && a.mean == b.mean && a.high == b.high, "seed \(seed), \(span)")
        }
        checkLastOfDay(found, thinning, seed)
        #expect(found.gaps.contains { $0.reason == .thinned }, "seed \(seed)")
    }

    private struct Span: Hashable {
        var point: PointIndex
        var from: Int64
        var width: Int64
    }

    /// Of each point and day the last good reading is a reading still.
    private static func checkLastOfDay(_ found: Holdings, _ thinning: ThinningStation, _ seed: UInt64) {
        var last: [String: Reading] = [:]
        for reading in thinning.ledger where reading.sample != nil {
            let day = thinning.station.anchor.realTime(at: reading.time) / .seconds(86_400)
            last["\(reading.point)/\(day)"] = reading
        }
        let readings = Set(found.readings)
        #expect(last.values.allSatisfy(readings.contains), "seed \(seed)")
    }

    /// Goal: a crash in the middle of thinning loses nothing and doubles nothing.
    @Test(arguments: UInt64(1)...24)
    func aPowerCutWhileThinningLosesNothing(seed: UInt64) async throws {
        let thinning = try ThinningStation(seed: seed, vfs: FaultyDisk.vfsName)
        let disk = FaultyDisk(directory: thinning.station.directory)
        let outbox = try await thinning.open()
        // Small ones that can be re-blocked, or large ones that can only be thinned.
        let model = thinning.batch(cycles: seed % 2 == 0 ? 20 : 200, period: .seconds(10))
        if seed % 2 == 0 { thinning.station.time.advance(.seconds(61)) }
        while outbox.status.usedBytes < outbox.status.limitBytes * 95 / 100, outbox.status.trouble == nil {
            try await thinning.storeCopy(of: model, in: outbox)
        }
        let death = Int.random(in: 0...200, using: &thinning.random)
        disk.fail(
            Bool.random(using: &thinning.random)
                ? .write(after: death, forEver: true, code: FaultyDisk.writeError)
                : .sync(after: death / 20, forEver: true))
        for _ in 0..<60 where outbox.status.trouble == nil { await outbox.maintain() }
        let image = thinning.station.directory + "/image"
        try disk.imageAfterPowerCut(in: image, using: &thinning.random)
        let crashed = try await thinning.open(in: image)
        let found = try await Holdings(crashed)
        let inAggregates = found.aggregates.reduce(0) { $0 + Int($1.item.statistics.count) }
        let beside = found.besideAggregates.count { $0.point < ThinningStation.gauges && $0.sample != nil }
        #expect(found.readings.count - beside + inAggregates == thinning.copied, "seed \(seed)")
        await crashed.close()
        disk.fail(.none)
        await outbox.close()
    }

    /// Goal: a store that is full of what is kept to the last drops the oldest, with a gap that says so.
    @Test func whenNothingIsLeftToThinTheOldestGoes() async throws {
        let thinning = try ThinningStation(seed: 9, age: .seconds(100 * 365 * 86_400))
        let outbox = try await thinning.open()
        // Five days in hours: hardly anything to thin.
        let model = thinning.batch(cycles: 60, period: .seconds(7_200))
        var rounds = 0
        while outbox.status.evicted < 20, rounds < 4_000 {
            rounds += 1
            try await thinning.storeCopy(of: model, in: outbox)
            #expect(thinning.station.footprint <= 1 << 20)
        }
        #expect(outbox.status.evicted >= 20)
        let gap = try #require(thinning.evictedGaps.first)
        #expect(gap.scope == .everything)
        #expect(gap.from == .boot(try #require(thinning.firstCopy)))
        await outbox.close()
    }

    /// Goal: data leaves at its age, to the second, thinned or not.
    @Test func theAgeHoldsToTheSecond() async throws {
        let age: Nanoseconds = .seconds(30 * 86_400)
        let thinning = try ThinningStation(seed: 10, age: age)
        let outbox = try await thinning.open()
        let model = thinning.batch(cycles: 60, period: .seconds(10))
        thinning.station.time.advance(.seconds(61))
        var rounds = 0
        while outbox.status.reblocked < 3 || outbox.status.thinned < 3, rounds < 5_000 {
            rounds += 1
            try await thinning.storeCopy(of: model, in: outbox)
            if rounds % 8 == 0 { await outbox.maintain() }
        }
        var oldest = try #require(await outbox.waiting(limit: 1).first)
        for _ in 0..<5 {
            let last = try #require(await outbox.storedBatch(oldest)).last
            thinning.station.time.set(last + age)
            await outbox.maintain()
            #expect(await outbox.waiting(limit: 1).first == oldest)
            thinning.station.time.advance(.seconds(1))
            await outbox.maintain()
            let next = try #require(await outbox.waiting(limit: 1).first)
            #expect(next != oldest)
            oldest = next
        }
        await outbox.close()
    }
}
