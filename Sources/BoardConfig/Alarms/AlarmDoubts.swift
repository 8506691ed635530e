internal import GatewayModel

/// Finds alarms that can never be raised, or never be cleared: tries every combination of values on this and that side
/// of the numbers that the conditions name. Nothing between two of them makes a difference.
struct AlarmDoubts {
    /// Combinations tried; with more, nothing is said.
    private static let most = 4_096

    private struct State {
        var quality: Quality
        /// nil: the quality carries no value.
        var value: DecimalNumber?
    }

    let context: FileContext
    let points: [PointDefinition]

    func warn(_ when: AlarmCondition, at position: TextPosition, clear: (AlarmCondition, TextPosition)?) {
        let comparisons = when.comparisons + (clear?.0.comparisons ?? [])
        let used = Array(Set(comparisons.map(\.point))).sorted()
        let states = used.map { point in self.states(of: point, comparisons.filter { $0.point == point }) }
        var combinations = 1
        for list in states {
            combinations *= list.count
            guard combinations > 0, combinations <= Self.most else { return }
        }
        var (canRaise, canClear, both) = (false, false, false)
        for number in 0..<combinations {
            var (rest, chosen) = (number, [PointIndex: State]())
            for (point, list) in zip(used, states) {
                chosen[point] = list[rest % list.count]
                rest /= list.count
            }
            let known: (AlarmCondition.Comparison) -> Bool? = { comparison in
                guard let state = chosen[comparison.point] else { return nil }
                let value = comparison.isOfQuality ? DecimalNumber(Int64(state.quality.rawValue)) : state.value
                return value.map { comparison.test.holds($0, comparison.literal) }
            }
            let raises = when.truth(known)
            let clears = clear.map { $0.0.truth(known) } ?? raises.map { !$0 }
            canRaise = canRaise || raises == true
            canClear = canClear || clears == true
            both = both || (raises == true && clears == true)
        }
        if !canRaise { context.warning(position, "when: never true, so the alarm can never be raised") }
        if !canClear {
            context.warning(
                clear?.1 ?? position,
                clear == nil
                    ? "when: never false, so the alarm can never clear"
                    : "clear: never true, so the alarm can never clear once it was raised")
        }
        if both, let clear {
            context.warning(
                clear.1, "clear: can be true while when is, and then the alarm is cleared and raised again and again")
        }
    }

    private func states(of point: PointIndex, _ comparisons: [AlarmCondition.Comparison]) -> [State] {
        let values = self.values(points[point], comparisons.filter { !$0.isOfQuality }.map(\.literal))
        guard comparisons.contains(where: \.isOfQuality) else { return values.map { State(quality: .good, value: $0) } }
        return Quality.allCases.flatMap { quality in
            quality.carriesValue
                ? values.map { State(quality: quality, value: $0) } : [State(quality: quality, value: nil)]
        }
    }

    /// Values that the point can have: each literal, one between any two, one below and one above all.
    private func values(_ point: PointDefinition, _ literals: [DecimalNumber]) -> [DecimalNumber?] {
        let sorted = Array(Set(literals)).sorted()
        guard let first = sorted.first, let last = sorted.last else { return [.zero] }
        var values = sorted
        let half = DecimalNumber(significand: 5, exponent: -1)
        for (low, high) in zip(sorted, sorted.dropFirst()) {
            if let middle = low.adding(high)?.multiplied(by: half) { values.append(middle) }
        }
        for value in [first.subtracting(.one), last.adding(.one)] { if let value { values.append(value) } }
        if point.valueType == .bool || point.valueType == .bit, point.scaling == .identity {
            return values.filter { $0 == .zero || $0 == .one }
        }
        // The ends of what it can have: one below 0.1 m is no level, 0 m is.
        let range = range(of: point)
        let ends = [range.low, range.high, point.validValue?.lowerBound, point.validValue?.upperBound]
        values += ends.compactMap { $0 }.filter { $0 < first || last < $0 }
        return values.filter { value in
            !(value < range.low ?? value) && !(range.high ?? value < value) && point.validValue?.contains(value) ?? true
        }
    }

    private func range(of point: PointDefinition) -> (low: DecimalNumber?, high: DecimalNumber?) {
        guard case .linear(let scale, let offset) = point.scaling, let raw = rawRange(of: point) else {
            return (nil, nil)
        }
        let ends = [raw.lowerBound, raw.upperBound].map { $0.multiplied(by: scale)?.adding(offset) }
        return scale.isNegative ? (ends[1], ends[0]) : (ends[0], ends[1])
    }

    private func rawRange(of point: PointDefinition) -> ClosedRange<DecimalNumber>? {
        if let valid = point.validRaw { return valid }
        let range: ClosedRange<Int64>? =
            switch point.valueType {
            case .int16: -32_768...32_767
            case .uint16: 0...65_535
            case .int32: -2_147_483_648...2_147_483_647
            case .uint32: 0...4_294_967_295
            case .bcd16: 0...9_999
            case .bcd32: 0...99_999_999
            case .bool, .bit: 0...1
            default: nil
            }
        return range.map { DecimalNumber($0.lowerBound)...DecimalNumber($0.upperBound) }
    }
}
