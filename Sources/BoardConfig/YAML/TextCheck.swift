/// Finds bytes that YAML does not allow before libyaml sees them: it reports them without a line.
enum TextCheck {
    /// Where the first malformed or forbidden character stands, and what it is; nil when the text is sound.
    static func firstFault(in bytes: [UInt8]) -> (position: TextPosition, message: String)? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var position = TextPosition.start
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput: return nil
            case .error: return (position, "not UTF-8, expected text in UTF-8")
            case .scalarValue(let scalar):
                if !isAllowed(scalar) {
                    let code = String(scalar.value, radix: 16, uppercase: true)
                    return (position, "control character U+\(code), expected printable text, tabs and line feeds")
                }
                if scalar == "\n" {
                    position = TextPosition(line: position.line + 1, column: 1)
                } else {
                    position.column += 1
                }
            }
        }
    }

    /// YAML 1.2, rule 1 (c-printable), and the byte order mark.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
