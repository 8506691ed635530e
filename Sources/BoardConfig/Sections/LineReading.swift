internal import GatewayModel

/// A line of the board file; nil: what it is could not be read.
typealias BoardLine = (name: String, line: LineDescription?)

/// A GPIO line, in a board file or in place of a name of one.
enum LineReading {
    /// `{chip: gpiochip0, line: 3, active: low, bias: pull-up}`; nil, reported, when it is wrong.
    static func description(_ reader: MappingReader) -> LineDescription? {
        _ = reader.text("note", atMost: 500)
        let chip = reader.text("chip", atMost: 64)
        let offset = reader.integer("line", in: Bounds.lineOffset)
        let name = reader.text("name", atMost: 64)
        if reader.has("name"), reader.has("line") {
            reader.context.error(reader.place("line"), "line: this line has a name already, expected name or line")
        } else if !reader.has("name") {
            reader.require("chip", "the chip's label, or name: NAME")
            reader.require("line", "the line's offset on its chip, or name: NAME")
        }
        let address: LineAddress? =
            if let name { .name(name.value, chip: chip?.value) } else if let chip, let offset {
                .offset(chip: chip.value, line: Int(offset.value))
            } else { nil }
        guard var line = address.map({ LineDescription(address: $0) }) else { return nil }
        overrideWiring(&line, reader)
        return line
    }

    /// The keys `active` and `bias`.
    static func overrideWiring(_ line: inout LineDescription, _ reader: MappingReader) {
        if let active = reader.choice("active", ["high", "low"]) { line.isActiveLow = active.value == "low" }
        if let bias = reader.choice("bias", LineBias.self) { line.bias = bias.value }
    }

    /// The key `line` of an input or output: a name of the board file, or the mapping itself.
    static func resolve(_ reader: MappingReader, _ board: BoardParts) -> Located<LineDescription>? {
        guard let node = reader.node("line") else { return nil }
        let found: LineDescription?
        if case .mapping = node.content {
            found = MappingReader(node, "line", .line, reader.context).flatMap(description)
        } else {
            found = named(node, reader.context, board)
        }
        guard var line = found else { return nil }
        overrideWiring(&line, reader)
        return Located(line, node.position)
    }

    private static func named(_ node: YAMLNode, _ context: FileContext, _ board: BoardParts) -> LineDescription? {
        guard let name = context.text(node, "line", atMost: 64) else { return nil }
        if let known = board.lines.first(where: { $0.name == name }) { return known.line }
        guard board.isKnown else { return nil }
        let names = board.lines.map(\.name)
        let mapping = "{chip: LABEL, line: N}"
        context.error(
            node.position,
            "line: board \(board.description.name) has no line \(FileContext.quoted(name)), expected "
                + (names.isEmpty ? mapping : "one of \(FileContext.list(names)), or \(mapping)")
                + context.hint(name, among: names))
        return nil
    }
}
