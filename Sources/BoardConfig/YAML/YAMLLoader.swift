/// Makes a tree of nodes with places from the bytes of one YAML document, within ``YAMLLimits``.
struct YAMLLoader: ~Copyable {
    private let parser: YAMLParser
    private let context: FileContext
    private var anchors: [String: YAMLNode] = [:]
    private var nodes = 0

    /// Stops the loading; the problem has been reported.
    private struct Stop: Error {}

    /// The document's root; nil when the bytes are not one YAML document, which has then been reported to `context`.
    /// Duplicate keys, merge keys and unknown tags are reported, and the tree is made all the same.
    static func load(_ bytes: [UInt8], _ context: FileContext) -> YAMLNode? {
        guard bytes.count <= YAMLLimits.bytes else {
            context.error(.start, "the file has \(bytes.count) bytes, expected at most \(YAMLLimits.bytes) (1 MiB)")
            return nil
        }
        if let fault = TextCheck.firstFault(in: bytes) {
            context.error(fault.position, fault.message)
            return nil
        }
        return bytes.withUnsafeBufferPointer { whole -> YAMLNode? in
            // libyaml takes a byte order mark for a character once it has been told the encoding.
            let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            guard let parser = YAMLParser(UnsafeBufferPointer(rebasing: whole[mark...])) else {
                context.error(.start, "out of memory")
                return nil
            }
            var loader = YAMLLoader(parser: parser, context: context)
            return try? loader.document()
        }
    }

    private init(parser: consuming YAMLParser, context: FileContext) {
        self.parser = parser
        self.context = context
    }

    private mutating func document() throws -> YAMLNode {
        _ = try next()  // Stream start.
        let start = try next()
        guard case .documentStart = start.kind else {
            throw stop(.start, "the file is empty, expected a mapping such as \"schema: 1\"")
        }
        let root = try node(from: next(), depth: 0)
        _ = try next()  // Document end.
        let end = try next()
        if case .documentStart = end.kind {
            throw stop(end.position, "a second document begins here, expected one per file")
        }
        return root
    }

    private mutating func node(from event: YAMLEvent, depth: Int) throws -> YAMLNode {
        guard depth < YAMLLimits.depth else {
            throw stop(event.position, "nested more than \(YAMLLimits.depth) deep, expected a flatter structure")
        }
        try count(1, at: event.position)
        let node: YAMLNode
        switch event.kind {
        case .alias(let name):
            guard let target = anchors[name] else {
                throw stop(
                    event.position, "alias *\(name) has no anchor before it, expected &\(name) on an earlier value")
            }
            try count(target.size - 1, at: event.position)
            return target
        case .scalar(let text, let plain):
            let string = checkTag(event, ["str", "int", "float", "bool", "null"])
            node = YAMLNode(
                content: .scalar(text, quoted: !plain || string), position: event.position, size: 1)
        case .sequenceStart:
            checkTag(event, ["seq"])
            node = try sequence(event.position, depth)
        case .mappingStart:
            checkTag(event, ["map"])
            node = try mapping(event.position, depth)
        default:
            throw stop(event.position, "the document ends too early")
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func sequence(_ position: TextPosition, _ depth: Int) throws -> YAMLNode {
        var (items, size) = ([YAMLNode](), 1)
        while true {
            let event = try next()
            if case .sequenceEnd = event.kind { break }
            let item = try node(from: event, depth: depth + 1)
            size += item.size
            items.append(item)
        }
        return YAMLNode(content: .sequence(items), position: position, size: size)
    }

    private mutating func mapping(_ position: TextPosition, _ depth: Int) throws -> YAMLNode {
        var (pairs, size) = ([YAMLNode.Pair](), 1)
        var seen: [String: TextPosition] = [:]
        while true {
            let event = try next()
            if case .mappingEnd = event.kind { break }
            let key = try key(from: event, depth)
            let value = try node(from: next(), depth: depth + 1)
            size += value.size
            guard let key else { continue }
            if let first = seen[key] {
                context.error(
                    event.position,
                    "duplicate key \(FileContext.quoted(key)), expected it once (first at \(first.line):\(first.column))"
                )
                continue
            }
            seen[key] = event.position
            pairs.append(.init(key: key, keyPosition: event.position, value: value))
        }
        return YAMLNode(content: .mapping(pairs), position: position, size: size)
    }

    /// nil: no key to be used; reported.
    private mutating func key(from event: YAMLEvent, _ depth: Int) throws -> String? {
        switch event.kind {
        case .scalar(let text, let plain):
            checkTag(event, ["str", "int"])
            if let anchor = event.anchor {
                anchors[anchor] = YAMLNode(
                    content: .scalar(text, quoted: !plain), position: event.position, size: 1)
            }
            if text == "<<", plain {
                context.error(event.position, "merge keys (<<) are not in YAML 1.2, expected the keys written out")
                return nil
            }
            return text
        case .alias(let name):
            if case .scalar(let text, _)? = anchors[name]?.content { return text }
        default:
            _ = try node(from: event, depth: depth + 1)
        }
        context.error(event.position, "a key that is not a single word, expected \"key: value\"")
        return nil
    }

    /// Whether the tag says string.
    @discardableResult
    private func checkTag(_ event: YAMLEvent, _ allowed: [String]) -> Bool {
        guard let tag = event.tag else { return false }
        let core = "tag:yaml.org,2002:"
        if tag == "!" || tag == core + "str", allowed.contains("str") { return true }
        if tag != "!", !(tag.hasPrefix(core) && allowed.contains(String(tag.dropFirst(core.count)))) {
            let shown = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
            context.error(event.position, "unknown tag \(FileContext.quoted(String(shown))), expected no tag here")
        }
        return false
    }

    private mutating func count(_ more: Int, at position: TextPosition) throws {
        nodes += more
        guard nodes <= YAMLLimits.nodes else {
            throw stop(position, "more than \(YAMLLimits.nodes) values after aliases, expected a smaller file")
        }
    }

    private func next() throws -> YAMLEvent {
        if let event = parser.next() { return event }
        let fault = parser.syntaxError
        throw stop(fault.position, fault.message)
    }

    private func stop(_ position: TextPosition, _ message: String) -> Stop {
        context.error(position, message)
        return Stop()
    }
}
