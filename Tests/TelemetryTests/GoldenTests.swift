import Foundation
import GatewayModel
import Testing

@testable import Telemetry

/// Batches as they were written when the format was fixed. Whatever changes, these must read the same for ever.
@Suite struct GoldenTests {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    static let names = ["integers", "floats", "truth-values", "text", "gaps", "alarms", "untrusted", "thinned"]

    static let points: [PointDefinition] = [
        point(0, "heat-meter", "t1_supply", scale: "0.1", unit: "°C"),
        point(1, "heat-meter", "energy", type: .uint64, scale: "0.001", unit: "MWh", kind: .counter),
        point(2, "heat-meter", "flow", type: .float32, unit: "m³/h", resolution: "0.01"),
        point(3, "drive", "speed", type: .float32, unit: "Hz"),
        point(4, "drive", "power", type: .float64, unit: "kW"),
        point(5, "drive", "running", type: .bit),
        point(6, "drive", "version", type: .string),
        PointDefinition(
            index: 7, device: "analog", id: "p1", unit: "MPa",
            source: .register(table: .input, address: 0, type: .uint16, count: 1),
            scaling: .map(rawLow: decimal("4000"), rawHigh: decimal("20000"), low: .zero, high: decimal("1.6"))),
        PointDefinition(
            index: 8, device: "analog", id: "level", unit: "m",
            source: .register(table: .input, address: 1, type: .uint16, count: 1),
            scaling: .map(rawLow: decimal("0"), rawHigh: decimal("27648"), low: .zero, high: decimal("4.5"))),
    ]
    static let dictionary = PointDictionary(gateway: "cj-hs-017", points: points)

    static func content(_ name: String) -> BatchContent {
        func reading(_ point: PointIndex, _ time: Int64, _ sample: Sample, _ quality: Quality = .good) -> Reading {
            Reading(point: point, time: at(time), quality: quality, sample: sample)
        }
        switch name {
        case "integers":
            return BatchContent(
                readings: (0..<6).flatMap { (i: Int64) -> [Reading] in
                    let time: Int64 = 1_000_007 + i * 10_000 + (i % 3) * 4
                    let energy: Int64 = i == 5 ? -1 : 9_007_199_254_740_990 + i
                    return [
                        good(0, time, 713 - i * i), good(1, time, energy),
                        good(2, time, 1_234 + i), good(7, time + 130, 12_345 - i * 400),
                        good(8, time + 130, 13_000 + i),
                    ]
                })
        case "floats":
            let values: [Float] = [50, 49.9, 0.1, -12.75, .greatestFiniteMagnitude, 0.333_333_34]
            return BatchContent(
                readings: values.enumerated().flatMap { (i, value) -> [Reading] in
                    [
                        measured(3, 2_000_000 + Int64(i) * 1_000, value),
                        reading(4, 2_000_000 + Int64(i) * 1_000, .float64(Double(i) * 1.1 - 2)),
                        reading(2, 2_000_500 + Int64(i) * 1_000, .integer(Int64(i) - 3)),
                    ]
                })
        case "truth-values":
            return BatchContent(readings: (0..<40).map { good(5, 3_000_000 + $0 * 250, $0 / 7 % 2) })
        case "text":
            return BatchContent(readings: [
                reading(6, 4_000_000, .text("FW 2.07")), reading(6, 4_010_000, .text("换热站 \"17\"\n")),
                reading(6, 4_020_000, .text("FW 2.07"), .substituted), bad(6, 4_030_000, .wrongAnswer),
            ])
        case "gaps":
            return BatchContent(
                readings: [bad(0, 5_000_000, .noReply), good(0, 5_600_000, 700), bad(7, 5_000_000, .sensorBroken)],
                gaps: [
                    Gap(scope: .point(0), from: .boot(at(5_000_000)), to: .boot(at(5_600_000)), reason: .device),
                    Gap(scope: .point(7), from: .boot(at(5_000_000)), to: nil, reason: .device),
                    Gap(
                        scope: .everything, from: .wall(.milliseconds(1_795_200_000_000)), to: .boot(at(4_990_000)),
                        reason: .agentOff),
                    Gap(scope: .everything, from: .unknown, to: .unknown, reason: .evicted),
                ], replaces: [400...403])
        case "alarms":
            return BatchContent(
                readings: [good(0, 7_000_000, 961)],
                alarms: [
                    AlarmEvent(
                        id: "supply-hot", episode: 3, isRaised: true, severity: .critical, time: at(7_000_000),
                        point: 0,
                        value: .number(decimal("96.1"))),
                    AlarmEvent(
                        id: "running", episode: 1 << 34, isRaised: false, severity: .minor, time: at(6_999_000),
                        point: 5,
                        value: .bool(false)),
                    AlarmEvent(id: "comm:drive", episode: 1, isRaised: true, severity: .major, time: at(7_000_050)),
                    AlarmEvent(
                        id: "level", episode: 1, isRaised: true, severity: .warning, time: at(7_000_100), point: 8,
                        value: .number(decimal("-1.5e30"))),
                ])
        case "thinned":
            // Two minutes of readings, one of them cut, as the store leaves them.
            var block = AggregateBlock(width: 60_000, origin: 5_980_000, items: [])
            for (point, samples) in [
                (0, [713, 714, 714].map { Sample.integer($0) }), (3, [49.98, 50.5].map { .float32($0) }),
                (4, [0.1, 1 / 3].map { .float64($0) }), (7, [12_345, 4_000].map { .integer($0) }),
            ] as [(PointIndex, [Sample])] {
                for (span, used) in [samples, [samples[0]]].enumerated() {
                    var statistics = Statistics()
                    for sample in used { statistics.add(sample) }
                    block.items.append(
                        Aggregate(
                            point: point, from: at(5_980_000 + 60_000 * Int64(span * 2)), statistics: statistics))
                }
            }
            return BatchContent(
                readings: [good(0, 6_101_000, 713), good(1, 5_990_000, 17)],
                gaps: [
                    Gap(scope: .everything, from: .boot(at(5_990_000)), to: .boot(at(6_101_000)), reason: .thinned)
                ], aggregates: block, replaces: [300...312, 320...320])
        default: return BatchContent(readings: [good(0, 6_000, 215), measured(3, 6_000, Float(49.98))])
        }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let anchor = name == "untrusted" ? nil : Fixed.anchor
        if name == "thinned" {
            let boot = try #require(Fixed.boot)
            let batch = SealedBatch(
                content(name), times: at(5_990_000)...at(6_101_000), boot: boot, anchor: anchor,
                dictionary: dictionary.id)
            return batch.stored(as: Fixed.key).bytes
        }
        return try sealed(content(name), dictionary: dictionary, anchor: anchor).stored(as: Fixed.key).bytes
    }

    static func file(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: directory.appending(path: name))) }

    /// `DG_WRITE_GOLDEN=1 swift test --filter GoldenTests` writes the files anew: only for a new version of the format.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["DG_WRITE_GOLDEN"] != nil))
    func writeGoldenFiles() throws {
        try Data(Self.dictionary.json).write(to: Self.directory.appending(path: "dictionary.json"))
        for name in Self.names {
            let bytes = try Self.bytes(name)
            let envelope = try BatchEnvelope.decode(bytes)
            let json = try BatchJSON.render(envelope, try envelope.content(), dictionary: Self.dictionary)
            try Data(bytes).write(to: Self.directory.appending(path: "\(name).bin"))
            try Data(try #require(json)).write(to: Self.directory.appending(path: "\(name).json"))
        }
    }

    @Test func dictionaryIsTheSameText() throws {
        #expect(try Self.file("dictionary.json") == Self.dictionary.json)
    }

    @Test(arguments: names)
    func storedBatchReadsAsItAlwaysDid(name: String) throws {
        let envelope = try BatchEnvelope.decode(try Self.file("\(name).bin"))
        let content = try envelope.content()
        #expect(content == RandomBatch.asStored(Self.content(name)))
        let dictionary = try PointDictionary(json: try Self.file("dictionary.json"))
        #expect(dictionary.id == envelope.batch.dictionary)
        let json = try BatchJSON.render(envelope, content, dictionary: dictionary)
        #expect(json == (try Self.file("\(name).json")))
    }

    /// Another zlib may pack otherwise; what is packed must be the same.
    @Test(arguments: names)
    func sameContentIsWrittenTheSameWay(name: String) throws {
        let old = try BatchEnvelope.decode(try Self.file("\(name).bin"))
        var new = try BatchEnvelope.decode(try Self.bytes(name))
        #expect(try BatchBody.expanded(new.batch.body) == BatchBody.expanded(old.batch.body))
        new.batch.body = old.batch.body
        #expect(new == old)
    }

    @Test func pythonReadsThemAlike() throws {
        let dictionary = try Self.file("dictionary.json")
        let answers = try PythonDecoder.decode(try Self.names.map { (dictionary, try Self.file("\($0).bin")) })
        for (name, answer) in zip(Self.names, answers) {
            #expect(answer == String(decoding: try Self.file("\(name).json"), as: UTF8.self), "\(name)")
        }
    }
}
