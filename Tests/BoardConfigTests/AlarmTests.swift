import BoardConfig
import Foundation
import GatewayModel
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

    @Test func aLimitWithinOneOfTheEndOfARangeCanBePassedOnBothSides() {
        let point = "{id: level, table: holding, address: 0, type: uint16, scale: 0.01, unit: m, valid: [0, 3]}"
        func warnings(_ alarm: String) -> [String] {
            ConfigText.read(
                ConfigText.head + "devices: [{id: d, bus: m, address: 1, points: [\(point)]}]\nalarms: [\(alarm)]"
                    + ConfigText.tail
            ).problems.map(\.message)
        }
        #expect(warnings("{id: a, when: d.level > 0.15, clear: d.level < 0.1}") == [])
        #expect(warnings("{id: a, when: d.level > 2.9, clear: d.level < 2.8}") == [])
        #expect(warnings("{id: a, when: d.level > 2.9, clear: d.level < 0}").count == 1)
        #expect(warnings("{id: a, when: d.level > 3}").count == 1)
    }
}
