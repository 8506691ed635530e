/// Finds bytes that are not UTF-8 text before libyaml sees them: it reports them without a line.
enum UTF8Check {
    /// Where the first malformed sequence or NUL stands; nil when the bytes are sound.
    static func firstFault(in bytes: [UInt8]) -> TextPosition? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var (line, column) = (1, 1)
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue("\0"), .error: return TextPosition(line: line, column: column)
            case .emptyInput: return nil
            case .scalarValue("\n"): (line, column) = (line + 1, 1)
            case .scalarValue: column += 1
            }
        }
    }
}
