/// A word, sign or text of an alarm expression, and where it begins: characters from the expression's start.
struct ExpressionToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// A name, a number, `and`, `or`, `not`.
        case word(String)
        /// In quotes.
        case text(String)
        /// A comparison, or what looks like one.
        case sign(String)
        case open, close, end
    }

    var kind: Kind
    var offset: Int

    /// As it is quoted in a message.
    var shown: String {
        switch kind {
        case .word(let word): FileContext.quoted(word)
        case .text(let text): FileContext.quoted(text)
        case .sign(let sign): FileContext.quoted(sign)
        case .open: "\"(\""
        case .close: "\")\""
        case .end: "nothing"
        }
    }

    /// All tokens, the last one `.end`. Anything is a token of some kind: what it may not be, the parser says.
    static func list(of expression: String) -> [ExpressionToken] {
        let scalars = Array(expression.unicodeScalars)
        var tokens: [ExpressionToken] = []
        var at = 0
        func run(_ belongs: (Unicode.Scalar) -> Bool) -> String {
            let start = at
            while at < scalars.count, belongs(scalars[at]) { at += 1 }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars[start..<at])
            return text
        }
        while true {
            _ = run { $0 == " " || $0 == "\t" }
            let offset = at
            guard at < scalars.count else { break }
            let kind: Kind
            switch scalars[at] {
            case "(": (kind, at) = (.open, at + 1)
            case ")": (kind, at) = (.close, at + 1)
            case "'", "\"":
                let quote = scalars[at]
                at += 1
                kind = .text(run { $0 != quote })
                at = min(at + 1, scalars.count)
            case let scalar where isWord(scalar): kind = .word(run(isWord))
            default: kind = .sign(run { !isWord($0) && !" \t()'\"".unicodeScalars.contains($0) })
            }
            tokens.append(ExpressionToken(kind: kind, offset: offset))
        }
        tokens.append(ExpressionToken(kind: .end, offset: scalars.count))
        return tokens
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Letters, digits and + - . : _, and all that is not ASCII.
        case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x5F, 0x80...: true
        default: false
        }
    }
}
