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

    /// A name with a number that the kernel gives to whatever USB adapter comes first.
    static func isNumbered(_ path: String) -> Bool {
        path.hasPrefix("/dev/ttyUSB") || path.hasPrefix("/dev/ttyACM")
    }

    static func baud(_ reader: MappingReader) -> Located<Int>? {
        guard let name = reader.choice("baud", Bounds.bauds.map(String.init)), let baud = Int(name.value) else {
            return nil
        }
        return Located(baud, name.position)
    }

    /// `8N1` and the like, one of ``Bounds/formats``.
    static func parse(_ text: String, baud: Int) -> SerialFormat {
        let parity: Parity = text.contains("E") ? .even : text.contains("O") ? .odd : .none
        return SerialFormat(baud: baud, dataBits: 8, parity: parity, stopBits: text.hasSuffix("2") ? 2 : 1)
    }
}
