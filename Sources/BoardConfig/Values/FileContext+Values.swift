internal import GatewayModel

/// Reading one scalar as what its place in the schema asks for. Each answers nil after reporting what is wrong.
extension FileContext {
    /// Any text, in one line; numbers and `no` are text too.
    func text(_ node: YAMLNode, _ key: String, atMost limit: Int = 200) -> String? {
        guard let (text, _) = scalar(node, key, expected: "text") else { return nil }
        guard !text.isEmpty, text.unicodeScalars.count <= limit,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            error(node.position, "\(key): expected one line of 1 to \(limit) characters, without control characters")
            return nil
        }
        return text
    }

    func boolean(_ node: YAMLNode, _ key: String) -> Bool? {
        guard let text = plain(node, key, expected: "true or false") else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            let meant = ["yes", "on", "y", "1"].contains(text.lowercased()) ? "true" : nil
            let other = ["no", "off", "n", "0"].contains(text.lowercased()) ? "false" : nil
            let sure = (meant ?? other).map { " (did you mean \"\($0)\"?)" }
            let near = sure ?? hint(text, among: ["true", "false"])
            error(node.position, "\(key): \(Self.quoted(text)) is not a truth value, expected true or false\(near)")
            return nil
        }
    }

    /// Decimal, `0x1F` or `0o17`.
    func integer(_ node: YAMLNode, _ key: String, in range: ClosedRange<Int64>) -> Int64? {
        let expected = "a whole number, \(range.lowerBound) to \(range.upperBound)"
        guard let text = plain(node, key, expected: expected) else { return nil }
        guard let value = ScalarText.integer(text) else {
            error(
                node.position,
                "\(key): \(Self.quoted(text)) is not a whole number, expected \(range.lowerBound) to \(range.upperBound)"
            )
            return nil
        }
        guard range.contains(value) else {
            error(
                node.position, "\(key): \(value) is out of range, expected \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        if text.utf8.count > 1, text.utf8.first == UInt8(ascii: "0"), text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
            warning(node.position, "\(key): \(text) is read as \(value), expected no leading zero (octal is 0o17)")
        }
        return value
    }

    /// An exact decimal, or a hexadecimal integer.
    func decimal(_ node: YAMLNode, _ key: String) -> DecimalNumber? {
        guard let text = plain(node, key, expected: "a decimal number") else { return nil }
        if let value = ScalarText.integer(text) { return DecimalNumber(value) }
        if let value = DecimalNumber(text) { return value }
        error(
            node.position,
            "\(key): \(Self.quoted(text)) is not a decimal number, expected digits such as 0.001, 12 or 1e-3")
        return nil
    }

    func duration(_ node: YAMLNode, _ key: String, in range: ClosedRange<Nanoseconds>) -> Nanoseconds? {
        let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        let expected = "a duration such as 250ms, 10s, 5m, 1h or 90d"
        // With quotes too: a config made by a program is often JSON.
        guard let (text, _) = scalar(node, key, expected: expected) else { return nil }
        guard let value = DurationText.parse(text) else {
            let hint = ScalarText.integer(text).map { $0 >= 0 ? " (did you mean \"\($0)s\"?)" : "" } ?? ""
            error(node.position, "\(key): \(Self.quoted(text)) is not a duration, expected \(expected)\(hint)")
            return nil
        }
        guard range.contains(value) else {
            error(node.position, "\(key): \(text) is out of range, expected \(bounds)")
            return nil
        }
        return value
    }

    func size(_ node: YAMLNode, _ key: String, in range: ClosedRange<Int64>) -> Int64? {
        let expected = "a size such as 64KiB, 256MiB or 2GiB"
        guard let (text, _) = scalar(node, key, expected: expected) else { return nil }
        guard let value = SizeText.parse(text) else {
            let near = text.hasSuffix("B") && !text.hasSuffix("iB") ? "\(text.dropLast())iB" : "\(text)iB"
            let hint = SizeText.parse(near).map { _ in " (did you mean \"\(near)\"?)" } ?? ""
            error(node.position, "\(key): \(Self.quoted(text)) is not a size, expected \(expected)\(hint)")
            return nil
        }
        guard range.contains(value) else {
            let bounds = "\(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
            error(node.position, "\(key): \(text) is out of range, expected \(bounds)")
            return nil
        }
        return value
    }

    /// One of `names`; one of `later` is known, but has no machinery yet.
    func choice(_ node: YAMLNode, _ key: String, _ names: [String], later: [String] = []) -> String? {
        guard let (text, _) = scalar(node, key, expected: "one of \(Self.list(names))") else { return nil }
        if names.contains(text) { return text }
        if later.contains(text) {
            error(node.position, "\(key): \(text): not in this version, expected \(Self.list(names))")
        } else {
            let near = hint(text, among: names + later)
            error(node.position, "\(key): unknown \(Self.quoted(text)), expected one of \(Self.list(names))\(near)")
        }
        return nil
    }

    func identifier(_ node: YAMLNode, _ key: String, _ pattern: IdentifierPattern) -> String? {
        guard let (text, _) = scalar(node, key, expected: "an id, \(pattern.text)") else { return nil }
        if pattern.admits(text) { return text }
        let hint = pattern.repaired(text).map { " (did you mean \"\($0)\"?)" } ?? ""
        error(node.position, "\(key): \(Self.quoted(text)) is not a valid id, expected \(pattern.text)\(hint)")
        return nil
    }

    /// The items of a list; nil after reporting when the node is something else.
    func list(_ node: YAMLNode, _ key: String, of what: String) -> [YAMLNode]? {
        if case .sequence(let items) = node.content { return items }
        error(node.position, "\(key): expected a list of \(what), found \(node.kindName)")
        return nil
    }

    /// A scalar that is not quoted: only such a one can be a number or a truth value.
    private func plain(_ node: YAMLNode, _ key: String, expected: String) -> String? {
        guard let (text, quoted) = scalar(node, key, expected: expected) else { return nil }
        guard !quoted else {
            error(node.position, "\(key): \(Self.quoted(text)) is quoted text, expected \(expected), without quotes")
            return nil
        }
        return text
    }

    private func scalar(_ node: YAMLNode, _ key: String, expected: String) -> (text: String, quoted: Bool)? {
        if case .scalar(let text, let quoted) = node.content, !node.isEmpty { return (text, quoted) }
        error(node.position, "\(key): expected \(expected), found \(node.kindName)")
        return nil
    }
}
