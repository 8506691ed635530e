internal import GatewayModel

/// A mapping whose keys have been checked, and whose values are read by name.
struct MappingReader {
    let context: FileContext
    let position: TextPosition
    let keySet: KeySet
    private let fields: [String: YAMLNode.Pair]
    /// Keys that are there but have no machinery yet.
    private let postponed: [String]

    /// nil, reported, when `node` is no mapping. `name` is the key or list under which it stands.
    init?(_ node: YAMLNode, _ name: String, _ keySet: KeySet, _ context: FileContext) {
        guard case .mapping(let pairs) = node.content else {
            context.error(
                node.position,
                "\(name): expected a mapping with \(FileContext.list(keySet.keys)), found \(node.kindName)")
            return nil
        }
        self.context = context
        self.keySet = keySet
        position = node.position
        var fields: [String: YAMLNode.Pair] = [:]
        var postponed: [String] = []
        for pair in pairs {
            if keySet.keys.contains(pair.key) {
                fields[pair.key] = pair
            } else if keySet.later.contains(pair.key) {
                postponed.append(pair.key)
                context.error(pair.keyPosition, "\(pair.key): not in this version")
            } else if let file = keySet.secrets[pair.key] {
                context.error(
                    pair.keyPosition, "\(pair.key): secrets never stand in the config, expected \(file): PATH")
            } else {
                let hint = context.hint(pair.key, among: keySet.keys + keySet.later)
                context.error(
                    pair.keyPosition,
                    "unknown key \(FileContext.quoted(pair.key)) in \(keySet.place), "
                        + "expected one of \(FileContext.list(keySet.keys))\(hint)")
            }
        }
        self.fields = fields
        self.postponed = postponed
    }

    func has(_ key: String) -> Bool { fields[key] != nil }
    func postpones(_ key: String) -> Bool { postponed.contains(key) }
    func node(_ key: String) -> YAMLNode? { fields[key]?.value }
    /// Where the key stands; the mapping's own place when it is not there.
    func place(_ key: String) -> TextPosition { fields[key]?.keyPosition ?? position }

    /// Reports a key that must be there and is not.
    func require(_ key: String, _ expected: String) {
        guard !has(key) else { return }
        context.error(position, "missing key \"\(key)\" in \(keySet.place), expected \(key): \(expected)")
    }

    func text(_ key: String, atMost limit: Int = 200) -> Located<String>? {
        read(key) { context.text($0, key, atMost: limit) }
    }

    func boolean(_ key: String) -> Located<Bool>? { read(key) { context.boolean($0, key) } }

    func integer(_ key: String, in range: ClosedRange<Int64>) -> Located<Int64>? {
        read(key) { context.integer($0, key, in: range) }
    }

    func decimal(_ key: String) -> Located<DecimalNumber>? { read(key) { context.decimal($0, key) } }

    func duration(_ key: String, in range: ClosedRange<Nanoseconds>) -> Located<Nanoseconds>? {
        read(key) { context.duration($0, key, in: range) }
    }

    func size(_ key: String, in range: ClosedRange<Int64>) -> Located<Int64>? {
        read(key) { context.size($0, key, in: range) }
    }

    func identifier(_ key: String, _ pattern: IdentifierPattern = .item) -> Located<String>? {
        read(key) { context.identifier($0, key, pattern) }
    }

    func choice(_ key: String, _ names: [String], later: [String] = []) -> Located<String>? {
        read(key) { context.choice($0, key, names, later: later) }
    }

    func choice<E: RawRepresentable & CaseIterable>(_ key: String, _: E.Type) -> Located<E>?
    where E.RawValue == String {
        guard let name = choice(key, E.allCases.map(\.rawValue)), let value = E(rawValue: name.value) else {
            return nil
        }
        return Located(value, name.position)
    }

    func list(_ key: String, of what: String) -> [YAMLNode]? {
        node(key).flatMap { context.list($0, key, of: what) }
    }

    func mapping(_ key: String, _ keys: KeySet) -> MappingReader? {
        node(key).flatMap { MappingReader($0, key, keys, context) }
    }

    private func read<T>(_ key: String, _ reader: (YAMLNode) -> T?) -> Located<T>? {
        guard let node = node(key), let value = reader(node) else { return nil }
        return Located(value, node.position)
    }
}
