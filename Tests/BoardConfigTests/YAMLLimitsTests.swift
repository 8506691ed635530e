import BoardConfig
import Testing

@Suite struct YAMLLimitsTests {
    private func firstMessage(_ text: String) -> String { ConfigText.read(text).problems.first?.message ?? "" }

    @Test func aMegabyteAndOneByteIsRefused() {
        let text = ConfigText.head + "# " + String(repeating: "x", count: YAMLLimits.bytes)
        #expect(firstMessage(text).contains("expected at most 1048576"))
    }

    @Test func aliasesThatMultiplyAreStopped() {
        // Each line holds the one before ten times over: ten to the ninth in nine lines.
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let list = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(list)]\n"
        }
        #expect(firstMessage(text).contains("more than 10000 values"))
    }

    @Test func tenThousandValuesAreTheLimit() {
        let list = { (count: Int) in "x: [" + String(repeating: "1,", count: count) + "]" }
        // The root, the list, and its items.
        #expect(!firstMessage(list(9_998)).contains("values after aliases"))
        #expect(firstMessage(list(9_999)).contains("values after aliases"))
    }

    @Test func anAnchorInsideItselfIsRefused() {
        #expect(firstMessage("a: &a [*a]").contains("no anchor before it"))
    }

    @Test func deepNestingIsRefused() {
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let text = String(repeating: open, count: 100_000) + String(repeating: close, count: 100_000)
            #expect(firstMessage("x: \(text)").contains("nested more than 32 deep"))
        }
    }

    @Test func aFileThatIsNotThereIsAnErrorOfItsFirstLine() {
        let result = BoardConfigReader.read(file: "/nonexistent/station.yaml")
        #expect(
            result.problems.map(\.description) == [
                "/nonexistent/station.yaml:1:1: error: cannot be read: No such file or directory, expected a board config"
            ])
    }

    @Test func aDirectoryAndAnEndlessFileAreRefused() {
        #expect(BoardConfigReader.read(file: "/").configuration == nil)
        #expect(BoardConfigReader.read(file: "/dev/zero").problems.count == 1)
    }

    @Test func columnsCountCharactersNotBytes() {
        let result = ConfigText.read("schema: 1\ngateway: {name: 换热站, nmae: y}\n")
        #expect(result.problems.contains { $0.position == TextPosition(line: 2, column: 22) })
    }

    @Test func aByteOrderMarkIsNoFault() {
        let text = ConfigText.head + "devices: [{id: d, bus: m, address: 1, template: meter}]" + ConfigText.tail
        #expect(ConfigText.read("\u{FEFF}" + text).errors == [])
        #expect(ConfigText.read(text.split(separator: "\n").joined(separator: "\r\n")).errors == [])
    }
}
