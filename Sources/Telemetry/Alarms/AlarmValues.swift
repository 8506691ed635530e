internal import GatewayModel

/// What the points that alarms ask for were worth when they were read last.
struct AlarmValues: Sendable {
    private struct Value: Hashable, Sendable {
        var quality: Quality
        /// nil: not a number, or of a quality without a value.
        var number: DecimalNumber?
    }

    private let described: [PointIndex: DescribedPoint]
    private var values: [PointIndex: Value] = [:]

    init(points: [PointDefinition], wanted: Set<PointIndex>) {
        described = Dictionary(
            wanted.filter(points.indices.contains).map { ($0, DescribedPoint(points[$0])) },
            uniquingKeysWith: { first, _ in first })
    }

    /// - Returns: whether that is anything new to a condition.
    mutating func set(_ point: PointIndex, _ quality: Quality, _ sample: Sample?) -> Bool {
        guard let described = described[point] else { return false }
        let usable = quality.carriesValue ? sample : nil
        let value = Value(quality: quality, number: usable.flatMap(described.value(of:)))
        return values.updateValue(value, forKey: point) != value
    }

    /// nil: not known.
    func holds(_ comparison: AlarmCondition.Comparison) -> Bool? {
        guard let value = values[comparison.point] else { return nil }
        let number = comparison.isOfQuality ? DecimalNumber(Int64(value.quality.rawValue)) : value.number
        return number.map { comparison.test.holds($0, comparison.literal) }
    }

    /// As it stands in an event.
    func shown(_ point: PointIndex) -> AlarmValue {
        guard let number = values[point]?.number else { return .none }
        return described[point]?.isTruthValue ?? false ? .bool(number != .zero) : .number(number)
    }
}
