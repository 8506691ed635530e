import GatewayModel
import GatewayTestSupport
import Telemetry

@testable import Storage

/// A station whose batches can be read: gauges, a counter and a state, and a ledger of everything that was stored.
final class ThinningStation {
    static let gauges = 8
    static let counter = 8
    static let state = 9

    let station: Station
    let dictionary: PointDictionary
    private(set) var ledger: [Reading] = []
    private var values = (0..<ThinningStation.gauges).map { Int64($0 * 100) }
    private var count: Int64 = 0
    var random: SeededGenerator

    init(seed: UInt64, size: Int64 = 1 << 20, age: Nanoseconds = .seconds(900 * 86_400), vfs: String? = nil) throws {
        random = SeededGenerator(seed: seed)
        station = try Station(size: size, age: age, vfs: vfs, name: "thinning")
        let points = (0..<10).map { index in
            PointDefinition(
                index: index, device: "meter", id: "p\(index)",
                source: .register(table: .holding, address: UInt16(index), type: .int32, count: 2),
                scaling: .linear(scale: DecimalNumber(significand: 1, exponent: -1), offset: .zero),
                kind: index == Self.counter ? .counter : index == Self.state ? .state : .gauge)
        }
        dictionary = PointDictionary(gateway: "g", points: points)
    }

    func open(
        _ receivers: [OutboxReceiver] = [.city], boot: BootID = .first, in directory: String? = nil
    ) async throws -> Outbox {
        let outbox = Outbox(
            directory: directory ?? station.directory, receivers: receivers, configuration: station.configuration,
            boot: boot, time: station.time, executor: station.executor, logger: .silent,
            vfs: directory == nil ? station.vfs : nil, largestBatch: 2_000)
        _ = try await outbox.open()
        try await outbox.ensureDictionary(dictionary.id, json: dictionary.json)
        await outbox.setAnchor(station.anchor)
        return outbox
    }

    /// One cycle of all points, `cycles` times, `period` apart; the clock moves along.
    func batch(cycles: Int, period: Nanoseconds) -> SealedBatch {
        var readings: [Reading] = []
        for _ in 0..<cycles {
            station.time.advance(period)
            let now = BootTime(nanoseconds: station.time.bootTime().nanoseconds / 1_000_000 * 1_000_000)
            for point in 0..<Self.gauges {
                values[point] += Int64.random(in: -3_000...3_000, using: &random)
                let isBad = Int.random(in: 0..<200, using: &random) == 0
                readings.append(
                    Reading(
                        point: point, time: now, quality: isBad ? .noReply : .good,
                        sample: isBad ? nil : .integer(values[point])))
            }
            count += Int64.random(in: 0...3, using: &random)
            readings.append(Reading(point: Self.counter, time: now, quality: .good, sample: .integer(count)))
            readings.append(Reading(point: Self.state, time: now, quality: .good, sample: .integer(count / 50 % 3)))
        }
        let batch = SealedBatch(
            BatchContent(readings: readings), at: station.time.bootTime(), boot: .first, anchor: station.anchor,
            dictionary: dictionary.id)
        pending = readings
        return batch
    }

    private var pending: [Reading] = []

    /// Stores such a batch and notes it in the ledger when it is stored.
    func store(in outbox: Outbox, cycles: Int = 10, period: Nanoseconds = .seconds(10)) async throws {
        let batch = batch(cycles: cycles, period: period)
        let gaps = await outbox.takePendingGaps()
        try await outbox.append(batch, consuming: gaps.map(\.id))
        evictedGaps += gaps.map(\.gap).filter { $0.reason == .evicted }
        ledger += pending
    }

    /// Stores the same readings again, as if they were made now; they are only counted. Saves encoding them.
    func storeCopy(of batch: SealedBatch, in outbox: Outbox) async throws {
        station.time.advance(batch.last - batch.first + .seconds(10))
        var copy = batch
        copy.last = BootTime(nanoseconds: station.time.bootTime().nanoseconds / 1_000_000 * 1_000_000)
        copy.first = copy.last - (batch.last - batch.first)
        let gaps = await outbox.takePendingGaps()
        try await outbox.append(copy, consuming: gaps.map(\.id))
        evictedGaps += gaps.map(\.gap).filter { $0.reason == .evicted }
        copied += copy.readings
        firstCopy = firstCopy ?? copy.first
    }

    private(set) var copied = 0
    private(set) var firstCopy: BootTime?

    /// Gaps that the store had made and that a batch carried.
    private(set) var evictedGaps: [Gap] = []
}

/// Everything that lies in a store, opened.
struct Holdings {
    var readings: [Reading] = []
    var aggregates: [(width: Int64, item: Aggregate)] = []
    var gaps: [Gap] = []
    var replaced: [UInt64] = []
    var batches: [UInt64: SealedBatch] = [:]
    /// Readings of batches that hold aggregates.
    var besideAggregates: [Reading] = []

    init(_ outbox: Outbox) async throws {
        for sequence in await outbox.allStored() {
            guard let batch = await outbox.storedBatch(sequence), let epoch = outbox.status.epoch else { continue }
            let envelope = BatchEnvelope(batch: batch, key: BatchKey(epoch: epoch, sequence: sequence))
            let content = try envelope.content()
            batches[sequence] = batch
            readings += content.readings
            gaps += content.gaps
            replaced += content.replaces.flatMap { Array($0) }
            if let block = content.aggregates {
                aggregates += block.items.map { (block.width, $0) }
                besideAggregates += content.readings
            }
        }
    }
}

extension Outbox {
    func allStored() -> [UInt64] { index.stored.ranges.flatMap { Array($0) } }
    func region(of sequence: UInt64) -> BatchRegions.Region { index.regions.region(of: sequence) }
    func isUntouched(_ sequence: UInt64) -> Bool { index.regions.untouched.contains(sequence) }
    func count(in region: BatchRegions.Region) -> Int { index.oldest(in: region, limit: .max).count }
}
