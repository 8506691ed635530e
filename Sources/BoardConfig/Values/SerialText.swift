internal import GatewayModel

/// The keys `baud` and `format`, of a bus, a device or a template.
enum SerialText {
    /// With defaults for what is not given; nil, reported, when what is given is wrong.
    static func format(_ reader: MappingReader) -> SerialFormat? {
        let baud = baud(reader)
        let format = reader.choice("format", Bounds.formats)
        if reader.has("baud"), baud == nil { return nil }
        if reader.has("format"), format == nil { return nil }
        return parse(format?.value ?? Defaults.format, baud: baud?.value ?? Defaults.baud)
    }

    static func baud(_ reader: MappingReader) -> Located<Int>? {
        guard let baud = reader.integer("baud", in: 1...Int64(Int32.max)) else { return nil }
        guard Bounds.bauds.contains(where: { $0 == baud.value }) else {
            let names = Bounds.bauds.map(String.init)
            reader.context.error(
                baud.position,
                "baud: \(baud.value) is no line speed, expected one of \(FileContext.list(names))"
                    + FileContext.hint("\(baud.value)", among: names))
            return nil
        }
        return baud.map { Int($0) }
    }

    /// `8N1` and the like, one of ``Bounds/formats``.
    private static func parse(_ text: String, baud: Int) -> SerialFormat {
        let parity: Parity = text.contains("E") ? .even : text.contains("O") ? .odd : .none
        return SerialFormat(baud: baud, dataBits: 8, parity: parity, stopBits: text.hasSuffix("2") ? 2 : 1)
    }
}
