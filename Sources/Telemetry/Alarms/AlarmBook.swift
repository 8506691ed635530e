internal import GatewayModel

/// The rules, and which points they are about.
struct AlarmBook: Sendable {
    let rules: [AlarmRule]
    /// Rules to be looked at when a point is read, by point; empty without rules.
    let concerned: [[Int]]
    /// Points whose values are compared.
    let points: Set<PointIndex>

    init(rules: [AlarmRule], points count: Int) {
        var concerned = Array(repeating: [Int](), count: rules.isEmpty ? 0 : count)
        var compared: Set<PointIndex> = []
        for (index, rule) in rules.enumerated() {
            let points: Set<PointIndex>
            switch rule.cause {
            case .condition(let when, let clear):
                points = Set((when.comparisons + (clear?.comparisons ?? [])).map(\.point))
                compared.formUnion(points)
            case .silence(let range): points = Set(range)
            }
            for point in points where concerned.indices.contains(point) { concerned[point].append(index) }
        }
        self.rules = rules
        self.concerned = concerned
        self.points = compared
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
