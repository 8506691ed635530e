import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct BatchMergerTests {
    private let points = [
        point(0, scale: "0.1"), point(1, type: .uint64, kind: .counter), point(2, type: .uint16, kind: .state),
        point(3, type: .float32), point(4, type: .bit), point(5, type: .uint64), point(6, type: .string),
        point(7, type: .uint64, resolution: "10"),
    ]
    private var dictionary: PointDictionary { PointDictionary(gateway: "g", points: points) }

    private func envelope(_ content: BatchContent, _ sequence: UInt64) throws -> BatchEnvelope {
        BatchEnvelope(
            batch: try sealed(content, dictionary: dictionary),
            key: BatchKey(epoch: Fixed.epoch, sequence: sequence))
    }

    private func merged(
        _ mode: BatchMerger.Mode, _ envelopes: [BatchEnvelope], key: UInt64 = 900
    ) throws -> BatchEnvelope {
        let boot = try #require(Fixed.boot)
        var merger = BatchMerger(
            mode, classes: PointClasses(dictionary.points), anchor: Fixed.anchor, day: { $0 / 86_400_000 })
        for envelope in envelopes { try merger.add(envelope) }
        let batch = try #require(merger.sealed(boot: boot, anchor: Fixed.anchor, dictionary: dictionary.id))
        return BatchEnvelope(batch: batch, key: BatchKey(epoch: Fixed.epoch, sequence: key))
    }

    @Test func classesAreFoundInTheTextOfADictionary() throws {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<100 {
            var points = RandomBatch.points(&random)
            points = points.map { point in
                PointDefinition(
                    index: point.index, device: point.device, id: point.id,
                    unit: ["type", "\",\"kind\":\"counter\"", "", "°C"].randomElement(using: &random) ?? "",
                    source: point.source, scaling: point.scaling,
                    labels: [1: "\"kind\":\"gauge\"", 2: "type", 3: "kind"],
                    kind: PointKind.allCases.randomElement(using: &random) ?? .gauge, resolution: point.resolution)
            }
            let dictionary = PointDictionary(gateway: "\"kind\":\"", points: points)
            let classes = try #require(PointClasses(json: dictionary.json, id: dictionary.id))
            #expect(classes == PointClasses(dictionary.points))
        }
        #expect(PointClasses(json: Array("{}".utf8), id: dictionary.id) == nil)
    }

    @Test func gaugesBecomeAggregatesAndAllElseStays() throws {
        // 2026-11-21T03:20:00Z is 1,000 s after boot; two minutes of it.
        let readings = (0..<12).flatMap { (i: Int64) -> [Reading] in
            let time = 1_000_000 + i * 10_000
            return [
                good(0, time, 700 + i), good(1, time, i), good(2, time, i % 2), measured(3, time, Float(i) / 10),
                good(4, time, i % 2), good(5, time, i == 3 ? -1 : i),
                Reading(point: 6, time: at(time), quality: .good, sample: .text("v\(i)")),
            ]
        }
        let null = bad(0, 1_125_000, .noReply)
        let source = try envelope(BatchContent(readings: readings + [null]), 7)
        let result = try merged(.thin(width: 60_000), [source])
        #expect(result.batch.replaces)
        #expect(result.batch.first == at(1_000_000) && result.batch.last == at(1_125_000))
        let content = try result.content()
        #expect(content.replaces == [7...7])
        #expect(
            content.gaps == [
                Gap(scope: .everything, from: .boot(at(1_000_000)), to: .boot(at(1_125_000)), reason: .thinned)
            ])
        let block = try #require(content.aggregates)
        #expect(block.width == 60_000)
        #expect(Set(block.items.map(\.point)) == [0, 3, 5])
        let first = block.items.filter { $0.point == 0 }
        #expect(first.map(\.from) == [at(1_000_000), at(1_060_000)])
        #expect(first.first?.statistics.raw?.mean == decimal("702.5"))
        #expect(first.map(\.statistics.count) == [6, 6])
        for kept in [1, 2, 4, 6] { #expect(content.readings.count { $0.point == kept } == 12) }
        // The last of the day, the null, and a number that no aggregate holds.
        #expect(content.readings.filter { $0.point == 0 } == [good(0, 1_110_000, 711), null])
        #expect(content.readings.filter { $0.point == 3 } == [measured(3, 1_110_000, 1.1)])
        #expect(content.readings.filter { $0.point == 5 } == [good(5, 1_030_000, -1), good(5, 1_110_000, 11)])
    }

    /// Goal: thinning minute batches to quarters of an hour gives what thinning the readings at once would have given.
    @Test(arguments: UInt64(0)..<20)
    func thinningTwiceIsThinningOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var time: Int64 = 1_000_000 + Int64.random(in: 0...3_000_000, using: &random)
        let sources = try (1...12).map { (number: UInt64) -> BatchEnvelope in
            let readings = (0..<30).flatMap { _ -> [Reading] in
                time += Int64.random(in: 5_000...20_000, using: &random)
                return [
                    good(0, time, Int64.random(in: 0...999, using: &random)), good(1, time, time),
                    measured(3, time, Float(Int.random(in: 0...999, using: &random)) / 10),
                ]
            }
            return try envelope(BatchContent(readings: readings), number)
        }
        let minutes = try stride(from: 0, to: 12, by: 3).map {
            try merged(.thin(width: 60_000), Array(sources[$0..<($0 + 3)]), key: UInt64(100 + $0))
        }
        let twice = try merged(.thin(width: 900_000), minutes)
        let once = try merged(.thin(width: 900_000), sources)
        let (a, b) = (try twice.content(), try once.content())
        #expect(a.aggregates == b.aggregates, "seed \(seed)")
        #expect(a.readings == b.readings, "seed \(seed)")
        #expect(a.gaps == b.gaps)
        #expect(a.replaces == [1...12, 100...100, 103...103, 106...106, 109...109])
        #expect(twice.batch.first == once.batch.first && twice.batch.last == once.batch.last)

        let stripped = try merged(.strip, [twice]).content()
        #expect(stripped.aggregates == nil)
        #expect(stripped.readings == a.readings)
        #expect(Set(stripped.gaps.map(\.reason)) == [.thinned, .evicted])
    }

    @Test func mergingWithoutThinningLosesNothing() throws {
        var random = SeededGenerator(seed: 11)
        var contents = (0..<4).map { _ in RandomBatch.content(&random, dictionary: points) }
        for index in contents.indices { contents[index].aggregates = nil }
        let sources = try contents.enumerated().map { try envelope($1, UInt64($0 + 1)) }
        let result = try merged(.reblock, sources).content()
        #expect(Set(result.readings) == Set(contents.flatMap(\.readings)))
        #expect(result.readings.count == contents.reduce(0) { $0 + $1.readings.count })
        #expect(result.gaps == contents.flatMap(\.gaps))
    }
}
