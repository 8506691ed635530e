import Testing

@testable import GatewayModel

@Suite struct JSONWriterTests {
    @Test func nestedValuesAreSeparatedByCommasOnly() {
        var json = JSONWriter()
        json.object { json in
            json.field("a", 1)
            json.key("b")
            json.array { json in
                json.null()
                json.object { _ in }
                json.array { $0.bool(true) }
                json.raw(utf8: Array("7".utf8))
            }
            json.field("c", "x")
        }
        #expect(json.text == #"{"a":1,"b":[null,{},[true],7],"c":"x"}"#)
    }

    @Test func everyControlCharacterQuoteAndBackslashIsEscaped() {
        var json = JSONWriter()
        json.string("\"\\\n\r\t\u{0}\u{1f}\u{7f}é换")
        #expect(json.text == #""\"\\\n\r\t\u0000\u001f"# + "\u{7f}é换\"")
    }

    @Test func doublesAreShortAndNeverInvalid() {
        var json = JSONWriter()
        json.array { json in
            for value in [0.1, 5, -2.5, 1e20, 1e-9, .nan, -.infinity] { json.double(value) }
        }
        #expect(json.text == "[0.1,5,-2.5,100000000000000000000,1e-9,null,null]")
    }
}
