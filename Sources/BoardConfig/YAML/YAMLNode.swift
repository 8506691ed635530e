/// A YAML node with its place. Scalars keep their text: what type it is, the schema says.
struct YAMLNode: Sendable {
    enum Content: Sendable {
        /// `quoted`: in quotes, a block scalar, or tagged `!!str`; never a number, a truth value or nothing.
        case scalar(String, quoted: Bool)
        case sequence([YAMLNode])
        case mapping([Pair])
    }

    struct Pair: Sendable {
        var key: String
        var keyPosition: TextPosition
        var value: YAMLNode
    }

    var content: Content
    var position: TextPosition
    /// Values and collections in here, itself included; a key counts with its value.
    var size: Int

    /// Nothing stands here: `key:`, or `key: ~`.
    var isEmpty: Bool {
        if case .scalar(let text, quoted: false) = content { return text.isEmpty || text == "~" }
        return false
    }

    /// For messages: what this is.
    var kindName: String {
        switch content {
        case .scalar: isEmpty ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
