import BoardConfig
import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct AlarmTests {
    private func rules() throws -> [AlarmRule] {
        try #require(try GoldenTests.read("valid/alarms.yaml").configuration).alarms
    }

    private func comparison(
        _ point: PointIndex, _ test: AlarmCondition.Test, _ literal: String, isOfQuality: Bool = false
    ) throws -> AlarmCondition.Step {
        .comparison(
            .init(point: point, isOfQuality: isOfQuality, test: test, literal: try #require(DecimalNumber(literal))))
    }

    @Test func aConditionBecomesComparisonsInTheOrderInWhichTheyAreWorkedOut() throws {
        let rule = try rules()[2]
        // Points: tank.level, tank.mode, pump.run, io.flood, io.mains.
        let when = AlarmCondition([
            try comparison(0, .atLeast, "3"), try comparison(1, .equal, "1"), try comparison(4, .unequal, "1"), .or,
            .not,
            .and,
        ])
        let clear = AlarmCondition([try comparison(0, .below, "2.5")])
        #expect(
            rule
                == AlarmRule(
                    id: "level", cause: .condition(when: try #require(when), clear: clear), severity: .major,
                    delay: .seconds(60), suppressor: 1))
    }

    @Test func aQualityIsComparedByItsName() throws {
        let condition = AlarmCondition([
            try comparison(0, .unequal, "0", isOfQuality: true), try comparison(3, .equal, "0", isOfQuality: true),
            .and,
        ])
        #expect(try rules()[3].cause == .condition(when: try #require(condition), clear: nil))
    }

    @Test func everyDeviceHasAnAlarmOfItsOwnWithWhatTheConfigSaysOfIt() throws {
        let rules = try rules()
        #expect(rules.map(\.id) == ["flood", "dark", "level", "blind", "stopped", "comm:tank", "comm:pump"])
        #expect(
            rules[5]
                == AlarmRule(
                    id: "comm:tank", cause: .silence(of: 0..<2), severity: .major, delay: .seconds(60), suppressor: 1))
        #expect(
            rules[6]
                == AlarmRule(
                    id: "comm:pump", cause: .silence(of: 2..<3), severity: .critical, delay: .seconds(10), suppressor: 1
                ))
        #expect(rules[0].delay == 0 && rules[1].severity == .warning)
    }

    /// Goal: no expression traps or hangs. Method: words of the language and others in any order and length.
    @Test(arguments: Fuzz.seeds(20))
    func anyExpressionIsAnswered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let file = GoldenTests.directory.appendingPathComponent("valid/alarms.yaml")
        let whole = try String(contentsOf: file, encoding: .utf8)
        let head = try #require(whole.components(separatedBy: "alarms:\n").first)
        let tail = "uplinks:\n  - {id: c, profile: batch, mqtt: {host: h, tls: {ca: /etc/passwd}}}\n"
        let words = [
            "tank.level", "flood", "quality(", "quality(tank.mode)", "(", ")", "and", "or", "not", "==", "!=", "<",
            ">=",
            "=", "&&", "3", "-1e60", "1e-60", "0x7fffffffffffffff", "active", "manual", "good", "'自动 运行'", "\\", "😀",
            ".",
            "..", "tank.", ".level", "'", "999999999999999999999999999999", "\u{300}",
        ]
        var sound = 0
        for round in 0..<200 {
            let longest: UInt64 = random.next() % 10 == 0 ? 400 : 12
            var text = ""
            for _ in 0..<(1 + random.next() % longest) {
                text += words[Int(random.next() % UInt64(words.count))] + (random.next() % 8 == 0 ? "" : " ")
            }
            if random.next() % 3 == 0 { text = "flood == active or " + text }
            if random.next() % 4 == 0 { text = "tank.level > 3" }
            let quoted = text.replacingOccurrences(of: "'", with: "''")
            let config = head + "alarms:\n  - {id: x, when: '\(quoted)'}\n" + tail
            let result = BoardConfigReader.read(bytes: Array(config.utf8), file: "f", libraryDirectories: [])
            if result.configuration != nil { sound += 1 }
            let isWhole = (result.configuration == nil) == !result.errors.isEmpty
            #expect(isWhole, "seed \(seed) round \(round): \(text)")
        }
        #expect(sound > 0)
    }
}
