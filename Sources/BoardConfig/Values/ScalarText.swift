/// YAML 1.2 core numbers, as far as a schema place asks for one.
enum ScalarText {
    /// `12`, `-3`, `0x1F`, `0o17`; nil for anything else, and beyond 64 bits.
    static func integer(_ text: String) -> Int64? {
        if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
        if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
        return Int64(text)
    }

    /// Hexadecimal text is a bit pattern of up to 63 bits: no sign inside.
    private static func unsigned(_ digits: Substring, radix: Int) -> Int64? {
        guard let first = digits.first, first != "+", first != "-" else { return nil }
        return Int64(digits, radix: radix)
    }

    /// Digits before the first letter, and the letters: `250ms` is (250, "ms").
    static func quantity(_ text: String) -> (count: Int64, unit: String)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let count = Int64(digits) else { return nil }
        return (count, String(text.dropFirst(digits.count)))
    }
}
