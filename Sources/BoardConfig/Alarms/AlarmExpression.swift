internal import GatewayModel

/// Reads the expressions `when` and `clear`: `operand op literal`, joined by `and`, `or`, `not` and parentheses. `not` binds
/// closest, then `and`.
struct AlarmExpression {
    /// Characters of an expression; parentheses and `not` inside one another.
    static let longest = 1_000
    static let deepest = 16

    private let key: String
    private let place: Located<YAMLNode>
    private let operands: AlarmOperands
    private let tokens: [ExpressionToken]
    private var next = 0
    private var steps: [AlarmCondition.Step] = []
    private var comparisons = 0

    /// The condition; nil when something is wrong, which has been reported at its place inside the expression.
    static func read(_ reader: MappingReader, _ key: String, _ operands: AlarmOperands) -> AlarmCondition? {
        guard let node = reader.node(key), let text = reader.text(key, atMost: longest) else { return nil }
        var expression = AlarmExpression(
            key: key, place: Located(node, node.position), operands: operands,
            tokens: ExpressionToken.list(of: text.value))
        guard expression.alternatives(depth: 0) else { return nil }
        let rest = expression.token
        guard rest.kind == .end else {
            let what = rest.kind == .close ? "a ) without a (" : rest.shown
            expression.fail(rest, "\(what) after a whole comparison, expected and, or, or the end" + meant(rest))
            return nil
        }
        return AlarmCondition(expression.steps)
    }

    private init(key: String, place: Located<YAMLNode>, operands: AlarmOperands, tokens: [ExpressionToken]) {
        self.key = key
        self.place = place
        self.operands = operands
        self.tokens = tokens
    }

    private var token: ExpressionToken { tokens[min(next, tokens.count - 1)] }

    private mutating func takes(_ word: String) -> Bool {
        guard token.kind == .word(word) else { return false }
        next += 1
        return true
    }

    /// Always false, after reporting.
    @discardableResult
    private func fail(_ token: ExpressionToken, _ message: String) -> Bool {
        var position = place.position
        var quoted = false
        if case .scalar(_, let isQuoted) = place.value.content { quoted = isQuoted }
        position.column += token.offset + (quoted ? 1 : 0)
        operands.context.error(position, "\(key): \(message)")
        return false
    }

    private mutating func alternatives(depth: Int) -> Bool {
        guard terms(depth: depth) else { return false }
        while takes("or") {
            guard terms(depth: depth) else { return false }
            steps.append(.or)
        }
        return true
    }

    private mutating func terms(depth: Int) -> Bool {
        guard factor(depth: depth) else { return false }
        while takes("and") {
            guard factor(depth: depth) else { return false }
            steps.append(.and)
        }
        return true
    }

    private mutating func factor(depth: Int) -> Bool {
        guard depth < Self.deepest else {
            return fail(token, "nested more than \(Self.deepest) deep, expected a flatter expression")
        }
        let start = token
        if takes("not") {
            guard factor(depth: depth + 1) else { return false }
            steps.append(.not)
            return true
        }
        guard start.kind == .open else { return comparison() }
        next += 1
        guard alternatives(depth: depth + 1) else { return false }
        guard token.kind == .close else {
            return fail(token.kind == .end ? start : token, "this ( is not closed, expected a ) after the comparison")
        }
        next += 1
        return true
    }

    private mutating func comparison() -> Bool {
        comparisons += 1
        guard comparisons <= AlarmCondition.maximumComparisons else {
            return fail(token, "more than \(AlarmCondition.maximumComparisons) comparisons, expected fewer")
        }
        let first = token
        guard let operand = operand() else { return false }
        let sign = token
        guard case .sign(let text) = sign.kind, let test = AlarmCondition.Test(rawValue: text) else {
            return fail(sign, "\(sign.shown) after \(first.shown), expected one of == != < <= > >=" + Self.meant(sign))
        }
        next += 1
        let literal = token
        next += 1
        switch operands.literal(literal, for: operand, test) {
        case .failure(let problem): return fail(literal, problem.message)
        case .success(let number):
            steps.append(
                .comparison(
                    .init(point: operand.point, isOfQuality: operand.isQuality, test: test, literal: number)))
            return true
        }
    }

    /// `device.point`, an input's id, or `quality(...)` of either; nil, reported, when it is none.
    private mutating func operand() -> AlarmOperands.Operand? {
        var name = token
        next += 1
        var isQuality = false
        if name.kind == .word("quality"), token.kind == .open {
            isQuality = true
            next += 1
            name = token
            next += 1
            guard token.kind == .close else {
                fail(token, "\(token.shown) inside quality(...), expected quality(DEVICE.POINT)")
                return nil
            }
            next += 1
        }
        guard case .word(let word) = name.kind else {
            fail(name, "\(name.shown), expected DEVICE.POINT, an input or quality(DEVICE.POINT)" + Self.meant(name))
            return nil
        }
        switch operands.operand(word, isQuality: isQuality) {
        case .success(let operand): return operand
        case .failure(let problem):
            // Nothing to say when the device itself is faulty.
            if !problem.message.isEmpty { fail(name, problem.message) }
            return nil
        }
    }

    /// What people who write programs write.
    private static func meant(_ token: ExpressionToken) -> String {
        let words = [
            "=": "==", "=>": ">=", "=<": "<=", "<>": "!=", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not",
        ]
        if case .sign(let sign) = token.kind, let word = words[sign] { return " (did you mean \"\(word)\"?)" }
        return ""
    }
}
