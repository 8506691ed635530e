internal import GatewayModel

extension PointDraft {
    /// Reads every key of the point grammar; what is wrong is reported and left open.
    init(_ reader: MappingReader, _ proto: DeviceProtocol) {
        self.init(position: reader.position)
        id = reader.identifier("id")
        if proto.isModbus {
            table = reader.choice("table", RegisterTable.self)
            address = reader.integer("address", in: 0...65_535)?.map { UInt16($0) }
            type = reader.choice("type", RegisterType.self)
            length = reader.integer("length", in: Bounds.registers)?.map { Int($0) }
            wordOrder = reader.choice("word_order", ByteOrder.self)
            byteOrder = reader.choice("byte_order", ByteOrder.self)
        } else {
            meter = MeterDraft(reader, proto)
        }
        Self.refuseOthers(reader, proto)
        bit = reader.integer("bit", in: 0...(proto.isModbus ? 15 : 63))?.map { UInt8($0) }
        scale = Self.readScale(reader)
        offset = reader.decimal("offset")
        map = Self.readMap(reader)
        (validRaw, validValue) = Self.readValid(reader)
        noValue = Self.readNoValue(reader)
        labels = Self.readLabels(reader)
        unit = reader.text("unit", atMost: 32)
        period = Self.readPeriod(reader)
        priority = reader.choice("priority", ["alarm", "normal", "slow"])?.map { name in
            PointPriority.allCases.first { $0.name == name } ?? Defaults.priority
        }
        deadBand = Self.readAtLeastZero(reader, "deadband")
        maxSilence = reader.duration("max_silence", in: Bounds.maxSilence)
        kind = reader.choice("kind", PointKind.self)
        access = reader.choice("access", PointAccess.self)
        resolution = Self.readAtLeastZero(reader, "resolution")
        if let resolution, resolution.value == .zero {
            reader.context.error(resolution.position, "resolution: 0 rounds to nothing, expected a number above 0")
        }
    }

    /// Keys of the points of other protocols.
    private static func refuseOthers(_ reader: MappingReader, _ proto: DeviceProtocol) {
        let own = MeterDraft.keys(proto)
        var seen: Set<String> = []
        for key in DeviceProtocol.allCases.flatMap(MeterDraft.keys)
        where !own.contains(key) && seen.insert(key).inserted && reader.has(key) {
            reader.context.error(
                reader.place(key),
                "\(key): not with protocol \(proto.rawValue), expected \(FileContext.list(own)) to say where the value is"
            )
        }
    }

    static func readPeriod(_ reader: MappingReader) -> Located<SamplingPeriod>? {
        guard let node = reader.node("period") else { return nil }
        if case .scalar("continuous", _) = node.content { return Located(.continuous, node.position) }
        if case .scalar(let text, _) = node.content, DurationText.parse(text) == nil,
            NearestName.of(text, among: ["continuous"]) != nil
        {
            reader.context.error(
                node.position,
                "period: \(FileContext.quoted(text)) is not a period, expected a duration or continuous "
                    + "(did you mean \"continuous\"?)")
            return nil
        }
        return reader.duration("period", in: Bounds.period)?.map { .every($0) }
    }

    static func readScale(_ reader: MappingReader) -> Located<DecimalNumber>? {
        guard let scale = reader.decimal("scale") else { return nil }
        if scale.value == .zero {
            reader.context.error(scale.position, "scale: 0 makes every value 0, expected another number")
            return nil
        }
        return scale
    }

    private static func readAtLeastZero(_ reader: MappingReader, _ key: String) -> Located<DecimalNumber>? {
        guard let number = reader.decimal(key) else { return nil }
        if number.value < .zero {
            reader.context.error(number.position, "\(key): \(number.value) is below zero, expected 0 or more")
            return nil
        }
        return number
    }

    /// `{raw: [4000, 20000], to: [0, 1.6]}`
    private static func readMap(_ reader: MappingReader) -> Located<Scaling>? {
        guard let map = reader.mapping("map", .map) else { return nil }
        map.require("raw", "[low, high], two raw values")
        map.require("to", "[low, high], what they stand for")
        let raw = map.node("raw").flatMap { pair($0, "map.raw", reader.context) }
        let to = map.node("to").flatMap { pair($0, "map.to", reader.context) }
        guard let raw, let to, let rawNode = map.node("raw"), let toNode = map.node("to") else { return nil }
        if raw.0 == raw.1 {
            reader.context.error(rawNode.position, "map.raw: both ends are \(raw.0), expected two different raw values")
            return nil
        }
        if to.0 == to.1 {
            reader.context.error(toNode.position, "map.to: both ends are \(to.0), expected two different values")
            return nil
        }
        return Located(.map(rawLow: raw.0, rawHigh: raw.1, low: to.0, high: to.1), map.position)
    }

    /// `[lo, hi]` in engineering units, `{raw: [lo, hi]}`, or `{raw: ..., value: ...}`.
    private static func readValid(
        _ reader: MappingReader
    ) -> (Located<ClosedRange<DecimalNumber>>?, Located<ClosedRange<DecimalNumber>>?) {
        guard let node = reader.node("valid") else { return (nil, nil) }
        switch node.content {
        case .sequence: return (nil, range(node, "valid", reader.context))
        case .mapping:
            guard let valid = MappingReader(node, "valid", .valid, reader.context) else { return (nil, nil) }
            if !valid.has("raw"), !valid.has("value") { valid.require("raw", "[low, high]") }
            return (
                valid.node("raw").flatMap { range($0, "valid.raw", reader.context) },
                valid.node("value").flatMap { range($0, "valid.value", reader.context) }
            )
        case .scalar:
            reader.context.error(
                node.position, "valid: expected [low, high] or {raw: [low, high]}, found \(node.kindName)")
            return (nil, nil)
        }
    }

    private static func range(
        _ node: YAMLNode, _ key: String, _ context: FileContext
    ) -> Located<ClosedRange<DecimalNumber>>? {
        guard let (low, high) = pair(node, key, context) else { return nil }
        guard low <= high else {
            context.error(node.position, "\(key): \(low) is above \(high), expected [low, high]")
            return nil
        }
        return Located(low...high, node.position)
    }

    private static func pair(
        _ node: YAMLNode, _ key: String, _ context: FileContext
    ) -> (DecimalNumber, DecimalNumber)? {
        guard case .sequence(let items) = node.content, items.count == 2 else {
            let found: String =
                if case .sequence(let items) = node.content { "\(items.count) of them" } else { node.kindName }
            context.error(node.position, "\(key): expected two numbers, [low, high], found \(found)")
            return nil
        }
        guard let low = context.decimal(items[0], key), let high = context.decimal(items[1], key) else { return nil }
        return (low, high)
    }

    private static func readNoValue(_ reader: MappingReader) -> Located<[DecimalNumber]>? {
        guard let node = reader.node("no_value") else { return nil }
        let items: [YAMLNode]
        if case .sequence(let list) = node.content { items = list } else { items = [node] }
        guard (1...16).contains(items.count) else {
            reader.context.error(node.position, "no_value: \(items.count) values, expected 1 to 16")
            return nil
        }
        let numbers = items.compactMap { reader.context.decimal($0, "no_value") }
        return numbers.count == items.count ? Located(numbers, node.position) : nil
    }

    /// `{0: stopped, 1: running}`
    static func readLabels(_ reader: MappingReader) -> Located<[Int64: String]>? {
        guard let node = reader.node("values") else { return nil }
        guard case .mapping(let pairs) = node.content, (1...256).contains(pairs.count) else {
            let found: String =
                if case .mapping(let pairs) = node.content { "\(pairs.count) entries" } else { node.kindName }
            reader.context.error(
                node.position, "values: expected 1 to 256 raw values with names, such as {0: stopped}, found \(found)")
            return nil
        }
        var labels: [Int64: String] = [:]
        for pair in pairs {
            guard let raw = ScalarText.integer(pair.key) else {
                reader.context.error(
                    pair.keyPosition,
                    "values: \(FileContext.quoted(pair.key)) is not a whole number, expected raw values with names, "
                        + "such as {0: stopped}")
                continue
            }
            if labels[raw] != nil {
                reader.context.error(pair.keyPosition, "values: \(raw) is named twice, expected one name")
            }
            labels[raw] = reader.context.text(pair.value, "values.\(raw)", atMost: 64) ?? ""
        }
        return Located(labels, node.position)
    }
}
