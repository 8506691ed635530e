import BoardConfig
import FieldBus
import GatewayModel

/// A template's points by what one request reads.
struct TemplateRuns {
    struct Run {
        var table: RegisterTable
        var address: UInt16
        var count: Int
        var points: [PointDefinition]

        func target(_ unit: UInt8) -> ScanTarget {
            .registers(unit: unit, table: table, address: address, count: count)
        }
    }

    let template: DeviceTemplate
    /// At most twelve: those with most points.
    let runs: [Run]

    init(_ template: DeviceTemplate) {
        self.template = template
        let points = template.points.filter { $0.isReadable && $0.doubt == nil }.map(\.definition)
            .compactMap { point in point.source.register.map { (point, $0) } }
            .sorted { ($0.1.table.rawValue, $0.1.address) < ($1.1.table.rawValue, $1.1.address) }
        var runs: [Run] = []
        for (point, source) in points {
            let end = Int(source.address) + source.count
            let most = source.table.holdsBits ? template.maxBits ?? 64 : min(template.maxRegisters ?? 40, 40)
            if let last = runs.last, last.table == source.table, Int(last.address) + last.count >= Int(source.address),
                end - Int(last.address) <= most
            {
                runs[runs.count - 1].count = max(last.count, end - Int(last.address))
                runs[runs.count - 1].points.append(point)
            } else {
                runs.append(Run(table: source.table, address: source.address, count: source.count, points: [point]))
            }
        }
        self.runs = Array(runs.sorted { $0.points.count > $1.points.count }.prefix(12))
    }

    func score(_ answers: RegisterAnswers, unit: UInt8) -> FamilyScore {
        var score = FamilyScore()
        for run in runs {
            guard let data = answers.data[run.target(unit)] else { continue }
            let decoder = RegisterDecoder(table: run.table, address: run.address, data: data)
            for point in run.points { score.take(decoder, point) }
        }
        return score
    }
}

/// How many values of a template make sense in what a device holds.
struct FamilyScore: Equatable {
    /// Enough to say what it looks like.
    static let certain = 5

    var values = 0
    /// Where values are that say something: neither nothing nor nonsense.
    var places: Set<RegisterSource> = []
    var nonsense = 0

    var sound: Int { places.count }

    /// Sound ones, and hardly a value that cannot be.
    var isLikely: Bool { sound > 0 && 6 * nonsense <= values }

    /// All that it makes sense of, the other does too, and of more.
    func isPart(of other: FamilyScore) -> Bool { sound < other.sound && places.isSubset(of: other.places) }

    mutating func take(_ decoder: RegisterDecoder, _ point: PointDefinition) {
        guard let source = point.source.register, !source.table.holdsBits else { return }
        values += 1
        guard let raw = Self.number(decoder.sample(source)) else { return nonsense += 1 }
        // A marker for no value, and the zeros of registers that are only there, say nothing.
        if raw == 0 || point.noValue.contains(where: { $0.double == raw }) { return }
        guard case .linear(let scale, let offset) = point.scaling else { return }
        let value = raw * scale.double + offset.double
        if Self.usual(point.unit).contains(value) { places.insert(source) } else { nonsense += 1 }
    }

    private static func number(_ sample: Sample?) -> Double? {
        switch sample {
        case .integer(let number): return Double(number)
        case .float32(let number): return sense(Double(number))
        case .float64(let number): return sense(number)
        case .text, nil: return nil
        }
    }

    /// Halves of other numbers, read as one float, are most often absurdly small or large.
    private static func sense(_ number: Double) -> Double? {
        number == 0 || (number.isFinite && 1e-9...1e12 ~= abs(number)) ? number : nil
    }

    /// What an instrument in a heat or pump station shows of a unit.
    private static func usual(_ unit: String) -> ClosedRange<Double> {
        switch unit {
        case "Hz": 0.01...400
        case "V": 0.01...1_000
        case "A": -5_000...5_000
        case "C", "degC": -60...250
        case "K": -250...400
        case "%": -400...400
        case "MPa": -0.2...40
        case "bar": -2...400
        case "kPa": -200...40_000
        case "kW", "kVA", "kvar": -100_000...100_000
        case "deg": -360...360
        default: -1e12...1e12
        }
    }
}
