import Testing

@testable import gatewayctl

/// A person at a terminal, who is given as lines.
@Suite struct QuestionsTests {
    private final class Terminal {
        var lines: [String]
        var seen: [String] = []
        init(_ lines: [String]) { self.lines = lines }

        var questions: Questions {
            Questions(
                ask: { question in
                    self.seen.append(question)
                    return self.lines.isEmpty ? nil : self.lines.removeFirst()
                }, say: { self.seen.append($0) })
        }
    }

    @Test func aKindIsANumberOrAName() throws {
        #expect(try Terminal(["3"]).questions.kind() == .drainage)
        #expect(try Terminal(["gas"]).questions.kind() == .gas)
        #expect(try Terminal([""]).questions.kind() == .heatSubstation)
    }

    @Test func aWrongAnswerIsAskedAgainAndNotForEver() throws {
        #expect(try Terminal(["HS 1", "", "hs-1"]).questions.id() == "hs-1")
        let stubborn = Terminal(Array(repeating: "No", count: 50))
        #expect(throws: Questions.Ended.self) { try stubborn.questions.id() }
        #expect(stubborn.lines.count == 50 - Questions.mostTries)
    }

    @Test func theEndOfTheInputEndsIt() {
        #expect(throws: Questions.Ended.self) { try Terminal([]).questions.kind() }
    }

    @Test func devicesAreFoundByWordsAndNamedByTheirCategory() throws {
        let terminal = Terminal(["zzz", "xy-md", "xy-md02", "", "", "7", "xy-md02", "", "other", "8", ""])
        let devices = try terminal.questions.devices(Shipped.templates, bus: "meters")
        #expect(
            devices == [
                NewDevice(id: "environment-sensor", template: "xy-md02", bus: "meters", address: "7"),
                NewDevice(id: "environment-sensor-2", template: "xy-md02", bus: "other", address: "8"),
            ])
        #expect(terminal.seen.contains("  no template has that word"))
        #expect(terminal.seen.contains { $0.hasPrefix("  xy-md02: ") })
    }

    @Test func laterIsAnAnswer() throws {
        #expect(try Terminal([""]).questions.broker() == nil)
        #expect(try Terminal(["h:1884"]).questions.broker()?.port == 1884)
        #expect(try Terminal([""]).questions.board(["rk3568"]) == nil)
        #expect(try Terminal(["rk", "rk3568"]).questions.board(["rk3568"]) == "rk3568")
    }
}
