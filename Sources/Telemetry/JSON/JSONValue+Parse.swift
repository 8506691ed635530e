extension JSONValue {
    /// Reads one JSON value (RFC 8259), strictly: UTF-8 without byte order mark, no duplicate keys, nothing after it.
    ///
    /// Never traps, whatever the bytes.
    /// - Parameters:
    ///   - maximumBytes: longer texts are refused unread.
    ///   - maximumDepth: nesting of arrays and objects.
    package static func parse(
        _ text: [UInt8], maximumBytes: Int = 1 << 20, maximumDepth: Int = 32
    ) throws(JSONError) -> JSONValue {
        guard text.count <= maximumBytes else {
            throw JSONError(problem: "longer than \(maximumBytes) bytes", offset: maximumBytes)
        }
        var parser = JSONParser(text: text, depthLeft: maximumDepth)
        return try parser.document()
    }
}

private struct JSONParser {
    let text: [UInt8]
    var depthLeft: Int
    var at = 0

    init(text: [UInt8], depthLeft: Int) {
        self.text = text
        self.depthLeft = depthLeft
    }

    /// 0 at the end, which is not allowed anywhere in JSON.
    private var next: UInt8 { at < text.count ? text[at] : 0 }

    private func fail(_ problem: String) -> JSONError { JSONError(problem: problem, offset: at) }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try self.value()
        skipSpace()
        guard at == text.count else { throw fail("something after the value") }
        return value
    }

    private mutating func skipSpace() {
        while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { at += 1 }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw fail(at < text.count ? "a value was expected" : "the text ends too early")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depthLeft > 0 else { throw fail("nested too deeply") }
        depthLeft -= 1
        at += 1
        let value = try body(&self)
        depthLeft += 1
        return value
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard text[at...].starts(with: word.utf8) else { throw fail("a value was expected") }
        at += word.utf8.count
        return value
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        var values = [JSONValue]()
        skipSpace()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array(values)
        }
        while true {
            values.append(try value())
            if try ended(by: UInt8(ascii: "]")) { return .array(values) }
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        var members = [JSONValue.Member]()
        var keys = Set<String>()
        skipSpace()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fail("a key was expected") }
            let key = try string()
            guard keys.insert(key).inserted else { throw fail("duplicate key") }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw fail("':' was expected") }
            at += 1
            members.append(.init(key: key, value: try value()))
            if try ended(by: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    /// After an element: false after a comma, true after the closing bracket.
    private mutating func ended(by close: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: ",") || next == close else { throw fail("',' or the end was expected") }
        at += 1
        return text[at - 1] == close
    }

    private mutating func number() throws(JSONError) -> String {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while next >= 48, next <= 57 { at += 1 }
        guard at > start else { throw fail("a digit was expected") }
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        var bytes = [UInt8]()
        while true {
            guard at < text.count else { throw fail("the string does not end") }
            let byte = text[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else { throw fail("not UTF-8") }
                return string
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            case 0..<0x20: throw fail("a control character in a string")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
        let byte = next
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes += Array(String(try escapedScalar()).utf8)
        default: throw fail("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Character {
        let first = UInt32(try fourDigits())
        var code = first
        if first >= 0xD800, first < 0xDC00 {
            guard next == UInt8(ascii: "\\") else { throw fail("half a surrogate pair") }
            at += 1
            guard next == UInt8(ascii: "u") else { throw fail("half a surrogate pair") }
            at += 1
            let second = UInt32(try fourDigits())
            guard second >= 0xDC00, second < 0xE000 else { throw fail("half a surrogate pair") }
            code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fail("half a surrogate pair") }
        return Character(scalar)
    }

    private mutating func fourDigits() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            switch next {
            case 48...57: value = value << 4 | UInt16(next - 48)
            case 65...70: value = value << 4 | UInt16(next - 55)
            case 97...102: value = value << 4 | UInt16(next - 87)
            default: throw fail("four hexadecimal digits were expected")
            }
            at += 1
        }
        return value
    }
}
