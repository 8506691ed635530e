internal import GatewayModel

/// The keys of a point that only meters without registers have.
struct MeterDraft {
    var identifier: Located<UInt32>?
    var at: Located<Int>?
    var bytes: Located<Int>?
    var type: Located<MeterType>?
    var unitCode: Located<UnitCodeField.Place>?
    var decimals: Located<Int>?
    var answer: Located<Int>?
    var record: Located<MeterRecord.Match>?
    var storage: Located<UInt64>?
    var tariff: Located<UInt32>?
    var subunit: Located<UInt16>?
    var function: Located<MeterRecord.Function>?

    /// Every key, by the protocol that has it.
    static func keys(_ proto: DeviceProtocol) -> [String] {
        switch proto {
        case .modbusRTU, .modbusTCP: ["table", "address", "length", "word_order", "byte_order"]
        case .dlt645: ["di", "at", "bytes"]
        case .cjt188: ["di", "at", "bytes", "unit_code", "decimals", "answer"]
        case .mbus: ["record", "storage", "tariff", "subunit", "function"]
        }
    }

    init() {}

    init(_ reader: MappingReader, _ proto: DeviceProtocol) {
        switch proto {
        case .modbusRTU, .modbusTCP: return
        case .dlt645, .cjt188:
            identifier = Self.readIdentifier(reader, digits: proto == .dlt645 ? 8 : 4)
            at = reader.integer("at", in: Bounds.meterOffset)?.map { Int($0) }
            bytes = reader.integer("bytes", in: Bounds.meterBytes)?.map { Int($0) }
            guard proto == .cjt188 else { break }
            unitCode = reader.choice("unit_code", UnitCodeField.Place.self)
            decimals = reader.integer("decimals", in: Bounds.meterDecimals)?.map { Int($0) }
            answer = reader.integer("answer", in: Bounds.meterAnswer)?.map { Int($0) }
        case .mbus:
            record = Self.readRecord(reader)
            storage = reader.integer("storage", in: Bounds.storage)?.map { UInt64($0) }
            tariff = reader.integer("tariff", in: Bounds.tariff)?.map { UInt32($0) }
            subunit = reader.integer("subunit", in: Bounds.subunit)?.map { UInt16($0) }
            function = reader.choice("function", MeterRecord.Function.self)
        }
        let types = MeterType.of(proto)
        type = reader.choice("type", types.map(\.rawValue)).flatMap { name in
            MeterType(rawValue: name.value).map { Located($0, name.position) }
        }
    }

    /// `"00010000"`, `"901F"`
    private static func readIdentifier(_ reader: MappingReader, digits: Int) -> Located<UInt32>? {
        guard let text = reader.text("di", atMost: 40) else { return nil }
        if text.value.utf8.count == digits, let number = UInt32(text.value, radix: 16), text.value.first != "+" {
            return Located(number, text.position)
        }
        reader.context.error(
            text.position,
            "di: \(FileContext.quoted(text.value)) is no data identifier, expected \(digits) hexadecimal digits in "
                + "quotes, such as \"\(digits == 8 ? "00010000" : "901F")\"")
        return nil
    }

    /// A quantity, a place from 1, or DIF and VIF bytes in quotes.
    private static func readRecord(_ reader: MappingReader) -> Located<MeterRecord.Match>? {
        guard let node = reader.node("record"), let text = reader.text("record", atMost: 80) else { return nil }
        if case .scalar(_, quoted: false) = node.content, let place = ScalarText.integer(text.value) {
            guard Bounds.recordPlace.contains(place) else {
                reader.context.error(
                    text.position,
                    "record: \(place) is out of range, expected \(Bounds.recordPlace.lowerBound) to "
                        + "\(Bounds.recordPlace.upperBound)")
                return nil
            }
            return Located(.place(Int(place)), text.position)
        }
        if let quantity = MBusQuantity(rawValue: text.value), quantity != .unknown {
            return Located(.quantity(quantity), text.position)
        }
        if let codes = recordCodes(text.value) { return Located(.codes(codes), text.position) }
        let names = MBusQuantity.allCases.filter { $0 != .unknown }.map(\.rawValue)
        reader.context.error(
            text.position,
            "record: \(FileContext.quoted(text.value)) is no record, expected what it is of (energy, volume, power, flow, "
                + "supply_temperature, ...), its place from 1, or DIF and VIF such as \"04 06\""
                + reader.context.hint(text.value, among: names))
        return nil
    }

    /// `04 86 3B`: at least a DIF and a VIF.
    private static func recordCodes(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: " ")
        let codes = parts.compactMap { $0.utf8.count == 2 && $0.first != "+" ? UInt8($0, radix: 16) : nil }
        return codes.count == parts.count && (2...22).contains(codes.count) ? codes : nil
    }

    mutating func inherit(_ base: MeterDraft, at position: TextPosition) {
        func moved<T>(_ value: Located<T>?) -> Located<T>? { value.map { Located($0.value, position) } }
        identifier = identifier ?? moved(base.identifier)
        at = at ?? moved(base.at)
        bytes = bytes ?? moved(base.bytes)
        type = type ?? moved(base.type)
        unitCode = unitCode ?? moved(base.unitCode)
        decimals = decimals ?? moved(base.decimals)
        answer = answer ?? moved(base.answer)
        record = record ?? moved(base.record)
        storage = storage ?? moved(base.storage)
        tariff = tariff ?? moved(base.tariff)
        subunit = subunit ?? moved(base.subunit)
        function = function ?? moved(base.function)
    }
}
