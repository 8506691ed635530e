import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct JSONValueTests {
    func parse(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test func allKindsOfValuesAreRead() throws {
        let value = try parse(#" { "a" : [ 1 , -0.5e+3, true, false, null ] , "b":"x\"\\\/\b\f\n\r\té换😀", "c":{} } "#)
        #expect(
            value["a"]?.array == [.number("1"), .number("-0.5e+3"), .bool(true), .bool(false), .null])
        #expect(value["b"]?.string == "x\"\\/\u{8}\u{c}\n\r\té换😀")
        #expect(value["c"]?.object?.isEmpty == true)
        #expect(value["d"] == nil)
        #expect(value.object?.map(\.key) == ["a", "b", "c"])
    }

    @Test func numbersKeepEveryDigit() throws {
        #expect(try parse("0.10000000000000000001").decimal == decimal("0.10000000000000000001"))
        #expect(try parse("9223372036854775807").integer == .max)
        #expect(try parse("9223372036854775808").integer == nil)
        #expect(try parse("18446744073709551615").unsigned == .max)
        #expect(try parse("1.5").integer == nil)
        #expect(try parse("1e400").decimal == nil)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\":1 \"b\":2}", "[1 2]", "01", "-", "1.",
        ".5", "1e", "+1", "tru", "nul", "True", "'a'", "\"a", "\"\\x\"", "\"\\u12G4\"", "\"\\ud800\"", "\"\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\u{1}\"", "1 1", "[1]]", "NaN", "{\"a\":1,\"a\":2}", "\u{FEFF}1", "// x\n1",
        "[1]\u{0}",
    ])
    func whatIsNotJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test func invalidUTF8IsRefused() {
        for bytes in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] as [[UInt8]] {
            #expect(throws: JSONError.self) { try JSONValue.parse([0x22] + bytes + [0x22]) }
        }
    }

    @Test func depthAndSizeAreBounded() throws {
        let deep = String(repeating: "[", count: 32) + String(repeating: "]", count: 32)
        #expect(throws: Never.self) { try parse(deep) }
        #expect(throws: JSONError(problem: "nested too deeply", offset: 32)) { try parse("[" + deep + "]") }
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 100_000)) }
        #expect(throws: JSONError.self) { try JSONValue.parse(Array("[1,2]".utf8), maximumBytes: 4) }
    }

    @Test func errorsSayWhere() {
        #expect(throws: JSONError(problem: "a value was expected", offset: 4)) { try parse("[1, x]") }
    }

    /// Foundation's parser is another's work: what it writes must read the same here.
    @Test(arguments: UInt64(0)..<50)
    func textsOfAnotherWriterAreReadAlike(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func value(_ depth: Int) -> Any {
            switch Int.random(in: 0..<(depth > 3 ? 4 : 6), using: &random) {
            case 0: return NSNull()
            case 1: return random.chance(0.5)
            case 2: return Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random))
            case 3:
                return String(
                    (0..<6).compactMap { _ in Unicode.Scalar(UInt32(random.next() % 0x300)) }.map(Character.init))
            case 4: return (0..<3).map { _ in value(depth + 1) }
            default: return Dictionary(uniqueKeysWithValues: (0..<3).map { ("k\($0)", value(depth + 1)) })
            }
        }
        let object: Any = [value(0)]
        let data = try JSONSerialization.data(withJSONObject: object, options: [.prettyPrinted])
        let parsed = try JSONValue.parse(Array(data))
        #expect((plain(parsed) as? NSArray) == (object as? NSArray), "seed \(seed)")
    }

    private func plain(_ value: JSONValue) -> Any {
        switch value {
        case .null: NSNull()
        case .bool(let value): value
        case .number: value.integer ?? 0
        case .string(let text): text
        case .array(let values): values.map(plain)
        case .object(let members): Dictionary(uniqueKeysWithValues: members.map { ($0.key, plain($0.value)) })
        }
    }
}
