/// One value of the scenario file with its place, for readable complaints.
struct ScenarioNode {
    let tree: JSONTree
    let path: String

    func failure(_ problem: String) -> ScenarioError { ScenarioError(path: path, problem: problem) }

    func object() throws(ScenarioError) -> ScenarioObject {
        guard case .object(let members) = tree else { throw failure("expected an object {...}") }
        return ScenarioObject(members: members, path: path)
    }

    /// The members of an object by name, sorted.
    func members() throws(ScenarioError) -> [(String, ScenarioNode)] {
        guard case .object(let members) = tree else { throw failure("expected an object {...}") }
        return members.sorted { $0.key < $1.key }.map { ($0, ScenarioNode(tree: $1, path: "\(path).\($0)")) }
    }

    func list() throws(ScenarioError) -> [ScenarioNode] {
        guard case .array(let items) = tree else { throw failure("expected a list [...]") }
        return items.enumerated().map { ScenarioNode(tree: $1, path: "\(path)[\($0)]") }
    }

    func text() throws(ScenarioError) -> String {
        guard case .string(let text) = tree else { throw failure("expected a text in quotes") }
        return text
    }

    func number() throws(ScenarioError) -> Double {
        guard case .number(let number) = tree else { throw failure("expected a number") }
        return number
    }

    func flag() throws(ScenarioError) -> Bool {
        guard case .bool(let flag) = tree else { throw failure("expected true or false") }
        return flag
    }

    func integer(in range: ClosedRange<Int>) throws(ScenarioError) -> Int {
        guard case .number(let number) = tree, let integer = Int(exactly: number), range.contains(integer) else {
            throw failure("expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    /// A number, or a text such as "0.001" where a double would not do.
    func decimal() throws(ScenarioError) -> ExactDecimal {
        let decimal: ExactDecimal? =
            switch tree {
            case .number(let number): ExactDecimal(shortest: number)
            case .string(let text): ExactDecimal(text)
            default: nil
            }
        guard let decimal else { throw failure("expected a decimal number such as 0.001") }
        return decimal
    }

    /// "250ms", "10s", "5m", "1h"; a bare number is seconds.
    func duration() throws(ScenarioError) -> Nanoseconds {
        if case .number(let seconds) = tree, seconds >= 0, seconds < 1e9 { return Nanoseconds(seconds * 1e9) }
        let units: [(String, Double)] = [
            ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("d", 86400e9),
        ]
        if case .string(let text) = tree {
            for (unit, factor) in units where text.hasSuffix(unit) {
                guard let count = Double(text.dropLast(unit.count)), count >= 0, count < 1e9 else { continue }
                return Nanoseconds(count * factor)
            }
        }
        throw failure("expected a duration such as 250ms, 10s, 5m or 1h")
    }

    /// One of `choices` by its raw value.
    func choice<T: RawRepresentable & CaseIterable>(_ type: T.Type) throws(ScenarioError) -> T
    where T.RawValue == String {
        let text = try text()
        if let value = T(rawValue: text) { return value }
        throw failure("'\(text)' is unknown; expected \(T.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
