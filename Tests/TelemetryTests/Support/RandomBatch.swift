import GatewayModel
import GatewayTestSupport

@testable import Telemetry

/// Batches of every shape, from a seed.
enum RandomBatch {
    static func points(_ random: inout SeededGenerator) -> [PointDefinition] {
        let types = RegisterType.allCases
        return (0..<Int.random(in: 1...40, using: &random)).map { index in
            let type = types[Int.random(in: 0..<types.count, using: &random)]
            var made = point(
                index, "device-\(index % 5)", "point_\(index)", type: type,
                scale: ["1", "0.1", "0.001", "-2.5", "1e3", "0.3333333"].randomElement(using: &random) ?? "1",
                offset: ["0", "0", "-40", "0.05"].randomElement(using: &random) ?? "0",
                resolution: random.chance(0.2) ? ["0.1", "0.5", "0.003", "10"].randomElement(using: &random) : nil)
            if random.chance(0.2) {
                made.traits.scaling = .map(
                    rawLow: decimal("4000"), rawHigh: decimal(random.chance(0.5) ? "20000" : "7000"), low: .zero,
                    high: decimal(random.chance(0.5) ? "1.6" : "10"))
            }
            return made
        }
    }

    /// Samples are of the kinds that conditioning stores: integers where there is a resolution.
    static func content(_ random: inout SeededGenerator, dictionary points: [PointDefinition]) -> BatchContent {
        var content = BatchContent()
        let cycles = Int.random(in: 0...12, using: &random)
        let start = Int64.random(in: 0...5_000_000, using: &random)
        let silent = random.chance(0.3)
        for cycle in 0..<cycles {
            var time = start + Int64(cycle) * 10_000
            for point in points {
                if random.chance(0.2) { time += Int64.random(in: 0...700, using: &random) }
                if silent, random.chance(0.6) { continue }
                content.readings.append(reading(&random, point, at: time))
            }
        }
        for _ in 0..<(random.chance(0.4) ? Int.random(in: 1...6, using: &random) : 0) {
            content.gaps.append(gap(&random, points.count))
        }
        for _ in 0..<(random.chance(0.3) ? Int.random(in: 1...5, using: &random) : 0) {
            content.alarms.append(alarm(&random, points.count))
        }
        if random.chance(0.4) { content.aggregates = aggregates(&random, points) }
        if random.chance(0.1) { content.replaces = [7...9, 12...12] }
        return content
    }

    private static func alarm(_ random: inout SeededGenerator, _ points: Int) -> AlarmEvent {
        let values: [AlarmValue] = [
            .none, .bool(true), .bool(false), .number(decimal("-71.3")), .number(decimal("4e30")),
        ]
        let isOfPoint = random.chance(0.7)
        return AlarmEvent(
            id: ["flood", "supply-hot", "comm:device-1"].randomElement(using: &random) ?? "flood",
            episode: Int64.random(in: 1...(1 << 35), using: &random), isRaised: random.chance(0.5),
            severity: AlarmSeverity.allCases.randomElement(using: &random) ?? .minor,
            time: at(Int64.random(in: 0...6_000_000, using: &random)),
            point: isOfPoint ? Int.random(in: 0..<points, using: &random) : nil,
            value: values.randomElement(using: &random) ?? .none)
    }

    /// As thinning makes them: each of samples of one point; in the form that is stored.
    private static func aggregates(
        _ random: inout SeededGenerator, _ points: [PointDefinition]
    ) -> AggregateBlock? {
        let width: Int64 = [1, 60_000, 900_000, 86_400_000].randomElement(using: &random) ?? 1
        let origin = Int64.random(in: (1 - width)...6_000_000, using: &random)
        var items = [Aggregate]()
        for point in points where point.source.type != .string && random.chance(0.7) {
            var span: Int64 = 0
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                var statistics = Statistics()
                for _ in 0..<Int.random(in: 1...9, using: &random) {
                    statistics.add(sample(&random, point), unsigned64: point.source.type == .uint64)
                }
                if statistics.isEmpty { continue }
                items.append(
                    Aggregate(point: point.index, from: at(origin + span * width), statistics: statistics))
                span += random.chance(0.8) ? 1 : Int64.random(in: 2...50, using: &random)
            }
        }
        return items.isEmpty ? nil : AggregateBlock(width: width, origin: origin, items: items)
    }

    private static func reading(_ random: inout SeededGenerator, _ point: PointDefinition, at time: Int64) -> Reading {
        if random.chance(0.1) {
            let quality = Quality.allCases.filter { !$0.carriesValue }.randomElement(using: &random) ?? .noReply
            return bad(point.index, time, quality)
        }
        return Reading(
            point: point.index, time: at(time), quality: random.chance(0.05) ? .substituted : .good,
            sample: sample(&random, point))
    }

    private static func sample(_ random: inout SeededGenerator, _ point: PointDefinition) -> Sample {
        let type = point.source.type
        if DescribedPoint.usableResolution(of: point) != nil {
            return .integer(Int64.random(in: -5_000...5_000, using: &random))
        }
        switch type {
        case .float32:
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .float32(Float(Int.random(in: -9_999...9_999, using: &random)) / 10)
            case 1: return .float32(Float.random(in: -100...100, using: &random))
            case 2: return .float32(Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &random)))
            default:
                return .float32([0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude][Int(random.next() % 4)])
            }
        case .float64:
            return random.chance(0.5)
                ? .float64(Double(Int.random(in: -999_999...999_999, using: &random)) / 1000)
                : .float64(Double(bitPattern: UInt64.random(in: 0..<0x7FF0_0000_0000_0000, using: &random)))
        case .string:
            return .text(["", "OK", "换热站", "line\n\"two\"\u{1}\\", "FW 2.07"].randomElement(using: &random) ?? "")
        case .bool, .bit: return .integer(Int64.random(in: 0...1, using: &random))
        case .int64:
            return .integer(Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0...60, using: &random)))
        case .uint64:
            return .integer(Int64(bitPattern: random.next() >> UInt64.random(in: 0...60, using: &random)))
        default: return .integer(Int64(truncatingIfNeeded: random.next() >> 49))
        }
    }

    private static func gap(_ random: inout SeededGenerator, _ points: Int) -> Gap {
        func edge() -> GapEdge {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: .boot(at(Int64.random(in: 0...5_000_000, using: &random)))
            case 1: .wall(.milliseconds(1_795_231_200_000 + Int64.random(in: 0...5_000_000, using: &random)))
            default: .unknown
            }
        }
        return Gap(
            scope: random.chance(0.3) ? .everything : .point(Int.random(in: 0..<points, using: &random)), from: edge(),
            to: random.chance(0.3) ? nil : edge(), reason: GapReason.allCases.randomElement(using: &random) ?? .bus)
    }

    /// Some of them too uncertain to be trusted.
    static func anchor(_ random: inout SeededGenerator) -> WallAnchor {
        WallAnchor(
            bootTime: BootTime(nanoseconds: Int64.random(in: 0...6_000_000_000_000, using: &random)),
            realTime: 1_795_231_200_000_000_000 + Int64.random(in: 0...999_999_999, using: &random),
            error: random.chance(0.2) ? .seconds(300) : .milliseconds(Int64.random(in: 0...299_000, using: &random)))
    }

    /// The order in which a batch gives its readings back.
    static func asStored(_ content: BatchContent) -> BatchContent {
        var sorted = content
        sorted.aggregates = content.aggregates?.unified()
        for place in sorted.aggregates?.items.indices ?? 0..<0 {
            guard let statistics = sorted.aggregates?.items[place].statistics, let numbers = statistics.stored,
                let read = Statistics(numbers, form: statistics.form, count: statistics.count)
            else { continue }
            sorted.aggregates?.items[place].statistics = read
        }
        sorted.readings = content.readings.enumerated()
            .sorted { ($0.element.point, $0.offset) < ($1.element.point, $1.offset) }.map(\.element)
        return sorted
    }
}
