internal import GatewayModel

/// The rules, and which points they are about.
struct AlarmBook: Sendable {
    let rules: [AlarmRule]
    /// Rules to be looked at when a point is read, one point's after another's, and where each point's begin: two arrays
    /// rather than one a point, as every point of a device has at least the rule of its silence. Empty without rules.
    private let concerned: [Int32]
    private let starts: [Int32]
    /// Points whose values are compared.
    let points: Set<PointIndex>

    init(rules: [AlarmRule], points count: Int) {
        var compared: Set<PointIndex> = []
        var pairs: [(point: PointIndex, rule: Int)] = []
        for (index, rule) in rules.enumerated() {
            switch rule.cause {
            case .condition(let when, let clear):
                let points = Set((when.comparisons + (clear?.comparisons ?? [])).map(\.point))
                compared.formUnion(points)
                pairs += points.map { ($0, index) }
            case .silence(let range): pairs += range.map { ($0, index) }
            }
        }
        pairs = pairs.filter { 0..<count ~= $0.point }.sorted { $0 < $1 }
        var starts: [Int32] = []
        for (place, pair) in pairs.enumerated() {
            while starts.count <= pair.point { starts.append(Int32(place)) }
        }
        if !pairs.isEmpty { while starts.count <= count { starts.append(Int32(pairs.count)) } }
        concerned = pairs.map { Int32($0.rule) }
        self.starts = starts
        self.rules = rules
        self.points = compared
    }

    /// In the order of the rules.
    func rules(of point: PointIndex) -> ArraySlice<Int32> {
        guard point >= 0, point + 1 < starts.count else { return [] }
        return concerned[Int(starts[point])..<Int(starts[point + 1])]
    }

    func isAboutSilence(_ rule: Int) -> Bool { if case .silence = rules[rule].cause { true } else { false } }

    func cause(of rule: Int, _ values: AlarmValues) -> Bool? {
        if case .condition(let when, _) = rules[rule].cause { when.truth(values.holds) } else { nil }
    }

    func isOver(_ rule: Int, _ values: AlarmValues) -> Bool? {
        guard case .condition(let when, let clear) = rules[rule].cause else { return nil }
        return clear.map { $0.truth(values.holds) } ?? when.truth(values.holds).map { !$0 }
    }

    /// The point that the condition names first; nil: the rule is about a whole device.
    func firstPoint(of rule: Int) -> PointIndex? {
        if case .condition(let when, _) = rules[rule].cause { when.comparisons.first?.point } else { nil }
    }
}
