import GatewayModel
import Telemetry

/// Points, rules and an engine, for tests that say what they see and when.
struct AlarmStation {
    /// 0: temperature in tenths. 1: a door, true or false. 2: mains. 3 and 4: a meter's.
    static let points = [
        point(0, "heat", "t1", scale: "0.1"), point(1, "io", "door", type: .bool), point(2, "io", "mains", type: .bool),
        point(3, "meter", "a"), point(4, "meter", "b"),
    ]

    static func value(_ point: PointIndex, _ test: AlarmCondition.Test, _ literal: String) -> AlarmCondition.Step {
        .comparison(.init(point: point, test: test, literal: decimal(literal)))
    }

    static func condition(_ steps: AlarmCondition.Step...) -> AlarmCondition? { AlarmCondition(steps) }

    /// `hot`: above 95 for 30 s, cleared below 90, unless the mains are gone; `mains`: at once; `comm:meter`.
    static func rules() -> [AlarmRule] {
        guard let hot = condition(value(0, .above, "95")), let cool = condition(value(0, .below, "90")),
            let dark = condition(value(2, .equal, "0"))
        else { return [] }
        return [
            AlarmRule(
                id: "hot", cause: .condition(when: hot, clear: cool), severity: .critical, delay: .seconds(30),
                suppressor: 1),
            AlarmRule(id: "mains", cause: .condition(when: dark, clear: nil), severity: .major),
            AlarmRule(
                id: "comm:meter", cause: .silence(of: 3..<5), severity: .minor, delay: .seconds(60), suppressor: 1),
        ]
    }

    var engine = AlarmEngine(rules: rules(), points: points)
    /// As the store knows it.
    var durable: [String: Int64] = [:]
    var events: [AlarmEvent] = []

    init() { _ = engine.restore([:], now: at(0)) }

    mutating func see(_ reading: Reading) {
        events += engine.observe(reading.point, at: reading.time, quality: reading.quality, sample: reading.sample)
    }

    mutating func wait(until milliseconds: Int64) { events += engine.settle(now: at(milliseconds)) }

    /// What was seen, and a round just then.
    mutating func look(_ reading: Reading) {
        see(reading)
        events += engine.settle(now: reading.time)
    }

    mutating func seal() {
        for (key, number) in engine.takeMemories() { durable[key] = max(durable[key] ?? 0, number) }
    }

    mutating func restart(rules: [AlarmRule] = rules(), at milliseconds: Int64) {
        engine = AlarmEngine(rules: rules, points: Self.points)
        events += engine.restore(durable, now: at(milliseconds))
    }

    /// `hot raised 1` and so on.
    var story: [String] { events.map { "\($0.id) \($0.stateName) \($0.episode)" } }
}
