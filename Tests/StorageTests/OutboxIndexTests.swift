import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Storage

@Suite struct SequenceSetTests {
    @Test(arguments: [UInt64](1...30))
    func agreesWithAPlainSet(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ranges = SequenceSet()
        var plain = Set<UInt64>()
        for _ in 0..<300 {
            let low = UInt64.random(in: 1...200, using: &generator)
            let range = low...(low + UInt64.random(in: 0...9, using: &generator))
            if Bool.random(using: &generator) {
                ranges.insert(range)
                plain.formUnion(range)
            } else {
                ranges.remove(range)
                plain.subtract(range)
            }
            #expect(ranges.count == UInt64(plain.count), "seed \(seed)")
            let probe = UInt64.random(in: 0...220, using: &generator)
            #expect(ranges.contains(probe) == plain.contains(probe), "seed \(seed)")
            #expect(ranges.next(from: probe) == plain.filter { $0 >= probe }.min(), "seed \(seed)")
            #expect(ranges.previous(from: probe) == plain.filter { $0 <= probe }.max(), "seed \(seed)")
        }
        #expect(Set(ranges.ranges.flatMap { Array($0) }) == plain)
        #expect(zip(ranges.ranges, ranges.ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
        #expect(SequenceSet(encoded: ranges.encoded) == ranges, "seed \(seed)")
        var other = SequenceSet()
        for _ in 0..<40 { other.insert(UInt64.random(in: 1...210, using: &generator)) }
        let both = ranges.intersection(other)
        #expect(Set(both.ranges.flatMap { Array($0) }) == plain.intersection(other.ranges.flatMap { Array($0) }))
        #expect(both.count == UInt64(both.ranges.flatMap { Array($0) }.count))
    }

    @Test(arguments: [UInt64](1...20))
    func noiseIsDecodedOrRefusedButNeverTraps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator) | (Bool.random(using: &generator) ? 0x80 : 0)
            }
            guard let set = SequenceSet(encoded: bytes) else { continue }
            #expect(SequenceSet(encoded: set.encoded) == set, "seed \(seed)")
        }
    }
}

@Suite struct OutboxIndexTests {
    @Test(arguments: [UInt64](1...20))
    func questionsAgreeWithBruteForce(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var index = OutboxIndex(receivers: [.city, .company, .museum])
        for number in 1...UInt64(60) {
            index.lastSequence = number
            if Int.random(in: 0..<10, using: &generator) > 0 { index.stored.insert(number) }
            for receiver in 0...2 where Bool.random(using: &generator) {
                _ = index.acknowledge(UInt64.random(in: 1...number, using: &generator), by: receiver)
            }
        }
        index.held = 50...55
        for receiver in 0...2 {
            let open = (1...60).filter {
                index.stored.contains($0) && !index.receivers[receiver].acknowledged.contains($0)
                    && !(50...55).contains($0)
            }
            let start = UInt64.random(in: 0...61, using: &generator)
            let limit = Int.random(in: 0...70, using: &generator)
            #expect(
                index.unacknowledged(by: receiver, from: start, limit: limit)
                    == Array(open.filter { $0 >= start }.prefix(limit)), "seed \(seed)")
            #expect(
                index.unacknowledged(by: receiver, downFrom: start, limit: limit)
                    == Array(open.reversed().filter { $0 <= start }.prefix(limit)), "seed \(seed)")
        }
        let done = (1...60).filter { number in
            index.stored.contains(number) && index.receivers[0...1].allSatisfy { $0.acknowledged.contains(number) }
        }
        #expect(index.deletable.ranges.flatMap { Array($0) } == done, "seed \(seed)")
    }

    @Test func withoutAReceiverThatMustHaveThemAllAreAsked() {
        var index = OutboxIndex(receivers: [.museum, OutboxReceiver(id: "school", must: false)])
        index.stored.insert(1...3)
        index.lastSequence = 3
        #expect(index.deletable.isEmpty)
        _ = index.acknowledge(2, by: 0)
        #expect(index.deletable.isEmpty)
        _ = index.acknowledge(2, by: 1)
        #expect(index.deletable.ranges == [2...2])
    }

    @Test func acknowledgementsThatWouldSplitTheSetTooFinelyAreNotRecorded() {
        var index = OutboxIndex(receivers: [.city])
        index.stored.insert(1...20_000)
        index.lastSequence = 20_000
        for number in stride(from: UInt64(2), through: 20_000, by: 2) { _ = index.acknowledge(number, by: 0) }
        #expect(index.receivers[0].acknowledged.ranges.count == OutboxIndex.rangeLimit)
        // Those that join what is there are.
        let joins = index.acknowledge(3, by: 0)
        #expect(joins)
    }

    /// 100,000 batches: no question of an uplink runs a statement, and opening runs a few.
    @Test func questionsAndOpeningDoNotDependOnTheNumberOfBatches() async throws {
        let station = try Station(size: 64 << 20)
        let (outbox, _) = try await station.openAnchored([.city, .company])
        while outbox.status.lastSequence < 100_000 {
            try await outbox.append((0..<16).map { _ in station.batch(bytes: 16) })
        }
        await outbox.acknowledge(sequences: 1...40_000, by: 0)
        await outbox.acknowledge(sequences: 99_000...99_999, by: 0)
        let before = await outbox.statementsRun
        #expect(await outbox.waiting(0, limit: 3) == [40_001, 40_002, 40_003])
        #expect(await outbox.unacknowledged(by: 1, before: nil, limit: 2).map(\.sequence) == [100_000, 99_999])
        let key = try #require(await outbox.unacknowledged(by: 0, before: nil, limit: 1).first)
        #expect(await outbox.unacknowledged(by: 0, before: key, limit: 1).map(\.sequence) == [98_999])
        #expect(await outbox.statementsRun == before)
        #expect(await outbox.batch(key) != nil)
        #expect(await outbox.statementsRun == before + 1)
        await outbox.close()

        let (again, report) = try await station.openAnchored([.city, .company])
        #expect(report.batches == 100_000)
        #expect(await again.statementsRun < 60)
        #expect(await again.fullScanSteps < 200)
        #expect(await again.waiting(0, limit: 1) == [40_001])
        await again.close()
    }
}
