import BoardConfig
import Foundation
import GatewayTestSupport
import Testing

@Suite struct AlarmFuzzTests {
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
