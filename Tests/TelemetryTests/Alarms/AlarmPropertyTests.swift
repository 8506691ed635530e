import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

/// Random stations, judged by the engine and by a naive reference that keeps the whole past and works everything out
/// anew each time; and random kills, after which no event may come twice.
@Suite struct AlarmPropertyTests {
    /// A condition as people think of it.
    private indirect enum Tree {
        case comparison(AlarmCondition.Comparison)
        case not(Tree), and(Tree, Tree), or(Tree, Tree)

        static func random(_ random: inout SeededGenerator, depth: Int = 0) -> Tree {
            guard depth < 3, random.chance(0.5) else {
                let isOfQuality = random.chance(0.2)
                return .comparison(
                    .init(
                        point: Int.random(in: 0..<3, using: &random), isOfQuality: isOfQuality,
                        test: AlarmCondition.Test.allCases.randomElement(using: &random) ?? .equal,
                        literal: DecimalNumber(Int64.random(in: 0...3, using: &random))))
            }
            switch random.next() % 3 {
            case 0: return .not(.random(&random, depth: depth + 1))
            case 1: return .and(.random(&random, depth: depth + 1), .random(&random, depth: depth + 1))
            default: return .or(.random(&random, depth: depth + 1), .random(&random, depth: depth + 1))
            }
        }

        var steps: [AlarmCondition.Step] {
            switch self {
            case .comparison(let comparison): [.comparison(comparison)]
            case .not(let a): a.steps + [.not]
            case .and(let a, let b): a.steps + b.steps + [.and]
            case .or(let a, let b): a.steps + b.steps + [.or]
            }
        }

        /// By trying what an unknown comparison could be: true or false only if it makes no difference to any connective.
        func truth(_ seen: [PointIndex: Reading]) -> Bool? {
            switch self {
            case .comparison(let comparison):
                guard let reading = seen[comparison.point] else { return nil }
                let number: Int64
                if comparison.isOfQuality {
                    number = Int64(reading.quality.rawValue)
                } else {
                    guard case .integer(let value)? = reading.sample else { return nil }
                    number = value
                }
                let literal = Int64(comparison.literal.description) ?? 0
                switch comparison.test {
                case .equal: return number == literal
                case .unequal: return number != literal
                case .below: return number < literal
                case .atMost: return number <= literal
                case .above: return number > literal
                case .atLeast: return number >= literal
                }
            case .not(let a): return a.truth(seen).map { !$0 }
            case .and(let a, let b):
                let both = [a.truth(seen), b.truth(seen)]
                return both.contains(false) ? false : both.contains(nil) ? nil : true
            case .or(let a, let b):
                let both = [a.truth(seen), b.truth(seen)]
                return both.contains(true) ? true : both.contains(nil) ? nil : false
            }
        }
    }

    private struct Rule {
        var when: Tree
        var clear: Tree?
        var delay: Nanoseconds
        var suppressor: Int?
    }

    private static func rules(_ random: inout SeededGenerator) -> [Rule] {
        (0..<4).map { index in
            Rule(
                when: .random(&random), clear: random.chance(0.5) ? .random(&random) : nil,
                delay: random.chance(0.4) ? 0 : .milliseconds(Int64.random(in: 1...4_000, using: &random)),
                suppressor: index > 0 && random.chance(0.4) ? Int.random(in: 0..<index, using: &random) : nil)
        }
    }

    private static func engine(_ rules: [Rule]) -> AlarmEngine {
        AlarmEngine(
            rules: rules.enumerated().compactMap { index, rule in
                guard let when = AlarmCondition(rule.when.steps) else { return nil }
                return AlarmRule(
                    id: "r\(index)",
                    cause: .condition(when: when, clear: rule.clear.flatMap { AlarmCondition($0.steps) }),
                    severity: .minor, delay: rule.delay, suppressor: rule.suppressor)
            }, points: (0..<3).map { point($0) })
    }

    private static func reading(_ random: inout SeededGenerator, _ time: Int64) -> Reading {
        let point = Int.random(in: 0..<3, using: &random)
        if random.chance(0.2) {
            return bad(point, time, [.noReply, .sensorBroken].randomElement(using: &random) ?? .noReply)
        }
        return good(point, time, Int64.random(in: 0...3, using: &random))
    }

    /// All rounds so far, each with what was known in it: from that, every event that there must have been.
    private static func expected(_ rules: [Rule], _ rounds: [(time: Int64, seen: [PointIndex: Reading])]) -> [String] {
        var story: [String] = []
        var raised = Array(repeating: false, count: rules.count)
        var episodes = Array(repeating: 1, count: rules.count)
        /// By rule, the rounds since its delay began in which the condition was known to hold.
        var lasted = Array(repeating: Nanoseconds(0), count: rules.count)
        var held = Array(repeating: false, count: rules.count)
        for (index, round) in rounds.enumerated() {
            let span = index > 0 ? Nanoseconds.milliseconds(round.time - rounds[index - 1].time) : 0
            let truths = rules.map { $0.when.truth(round.seen) }
            let over = rules.indices.map { rule in
                rules[rule].clear.map { $0.truth(round.seen) } ?? truths[rule].map { !$0 }
            }
            let active = rules.indices.map { raised[$0] && over[$0] != true || truths[$0] == true }
            for rule in rules.indices {
                if raised[rule] {
                    if over[rule] == true {
                        story.append("\(round.time) r\(rule) cleared \(episodes[rule])")
                        raised[rule] = false
                        episodes[rule] += 1
                        (lasted[rule], held[rule]) = (0, false)
                    }
                    continue
                }
                if held[rule] { lasted[rule] += span }
                let suppressed = rules[rule].suppressor.map { active[$0] } ?? false
                held[rule] = truths[rule] == true && !suppressed
                if suppressed || truths[rule] == false { lasted[rule] = 0 }
                if held[rule], lasted[rule] >= rules[rule].delay {
                    story.append("\(round.time) r\(rule) raised \(episodes[rule])")
                    raised[rule] = true
                    held[rule] = false
                }
            }
        }
        return story
    }

    @Test(arguments: Fuzz.seeds(60))
    func theEngineSaysWhatTheNaiveReferenceSays(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rules = Self.rules(&random)
        var engine = Self.engine(rules)
        _ = engine.restore([:], now: at(0))
        var (story, rounds) = ([String](), [(time: Int64, seen: [PointIndex: Reading])]())
        var (time, seen) = (Int64(0), [PointIndex: Reading]())
        for _ in 0..<300 {
            time += Int64.random(in: 0...900, using: &random)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let reading = Self.reading(&random, time)
                seen[reading.point] = reading
                _ = engine.observe(
                    reading.point, at: reading.time, quality: reading.quality, sample: reading.sample)
            }
            rounds.append((time, seen))
            let events = engine.settle(now: at(time))
            story += events.map { "\($0.time.milliseconds) \($0.id) \($0.stateName) \($0.episode)" }
        }
        let expected = Self.expected(rules, rounds)
        let first = zip(story, expected).first { $0 != $1 }
        #expect(
            first == nil && story.count == expected.count,
            "seed \(seed): \(String(describing: first)), \(story.count) events, expected \(expected.count)")
    }

    /// Goal: what the store has seen of an alarm is raised, cleared, raised ... with rising numbers, whatever was lost.
    /// Method: events become durable together with the memories, or both are lost by a kill.
    @Test(arguments: Fuzz.seeds(60))
    func whatTheStoreSeesOfAnAlarmNeverRepeats(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rules = Self.rules(&random)
        var engine = Self.engine(rules)
        _ = engine.restore([:], now: at(0))
        var (durable, stored, open) = ([String: Int64](), [AlarmEvent](), [AlarmEvent]())
        var (time, kills) = (Int64(0), 0)
        for _ in 0..<600 {
            time += Int64.random(in: 0...900, using: &random)
            let reading = Self.reading(&random, time)
            open += engine.observe(reading.point, at: reading.time, quality: reading.quality, sample: reading.sample)
            open += engine.settle(now: at(time))
            if random.chance(0.3) {
                for (key, number) in engine.takeMemories() { durable[key] = max(durable[key] ?? 0, number) }
                stored += open
                open = []
            }
            if random.chance(0.05) {
                kills += 1
                open = []
                engine = Self.engine(rules)
                if random.chance(0.5) { time = 0 }
                open += engine.restore(durable, now: at(time))
            }
        }
        #expect(kills > 0)
        for index in rules.indices {
            let own = stored.filter { $0.id == "r\(index)" }
            for (number, event) in own.enumerated() {
                #expect(event.isRaised == (number % 2 == 0), "seed \(seed): \(own)")
                guard number > 0 else { continue }
                let before = own[number - 1].episode
                #expect(event.isRaised ? event.episode > before : event.episode == before, "seed \(seed)")
            }
        }
    }
}
