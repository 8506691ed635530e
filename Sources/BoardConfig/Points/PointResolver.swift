internal import GatewayModel

/// Makes a point definition of a draft in which everything that could be inherited has been, and says what does not fit.
struct PointResolver {
    let draft: PointDraft
    let context: FileContext
    let proto: DeviceProtocol
    let maxRegisters: Int
    /// The point's mapping, when it has one: it knows which keys were written, though their values may be wrong.
    let reader: MappingReader?
    /// "point t1_supply", for messages.
    let name: String

    init(
        _ draft: PointDraft, _ reader: MappingReader?, proto: DeviceProtocol, maxRegisters: Int, _ context: FileContext
    ) {
        self.proto = proto
        self.draft = draft
        self.context = context
        self.maxRegisters = maxRegisters
        self.reader = reader
        name = "point \(draft.id?.value ?? "?")"
    }

    /// nil, reported, when the draft is not a whole and consistent point. `index` is the caller's to set.
    func definition(device: String) -> PointDefinition? {
        let found = proto.isModbus ? source().map { PointSource.register($0) } : meterSource()
        guard let id = draft.id?.value, let source = found else { return nil }
        let isNumber = source.type != .bool && source.type != .bit && source.type != .string
        if !isNumber { refuseNumberKeys(source.type) }
        if source.type == .string { refuseStringKeys() }
        return PointDefinition(
            index: 0, device: device, id: id, unit: draft.unit?.value ?? "", source: source,
            scaling: scaling(), validRaw: draft.validRaw?.value, validValue: draft.validValue?.value,
            noValue: noValue(source.type), labels: labels(source.type), kind: draft.kind?.value ?? Defaults.kind,
            period: draft.period?.value ?? .every(Defaults.period),
            priority: draft.priority?.value ?? Defaults.priority, deadBand: draft.deadBand?.value,
            maxSilence: draft.maxSilence?.value ?? Defaults.maxSilence, resolution: draft.resolution?.value)
    }

    private func source() -> RegisterSource? {
        if draft.table == nil { missing("table", "holding, input, coil or discrete") }
        if draft.address == nil { missing("address", "0 to 65535, as on the wire") }
        let bits = draft.table?.value.holdsBits == true
        let type = draft.type?.value ?? (bits ? .bool : nil)
        if type == nil, draft.table != nil { missing("type", FileContext.list(RegisterType.allCases.map(\.rawValue))) }
        guard let table = draft.table?.value, let address = draft.address?.value, let type else { return nil }
        if bits, type != .bool {
            fault(
                draft.type?.position,
                "type: \(type.rawValue) does not fit table \(table.rawValue), expected bool: its places are single bits"
            )
            return nil
        }
        checkBit(isBit: type == .bit, type.rawValue)
        guard let count = bits ? 1 : registers(type) else { return nil }
        guard Int(address) + count <= 65_536 else {
            fault(
                draft.address?.position,
                "address: \(address) with \(count) registers passes 65535, expected at most \(65_536 - count)")
            return nil
        }
        if !bits, count > maxRegisters {
            fault(
                draft.length?.position ?? draft.type?.position,
                "\(name) takes \(count) registers, expected at most max_registers, \(maxRegisters): "
                    + "a point is never split over two requests")
            return nil
        }
        return RegisterSource(
            table: table, address: address, type: type, bit: draft.bit?.value ?? 0, count: count,
            wordOrder: draft.wordOrder?.value ?? Defaults.order, byteOrder: draft.byteOrder?.value ?? Defaults.order)
    }

    func checkBit(isBit: Bool, _ type: String) {
        if isBit, draft.bit == nil { missing("bit", "0 (least significant) to \(proto.isModbus ? 15 : 63)") }
        if !isBit, let bit = draft.bit {
            fault(bit.position, "bit: \(name) has type \(type), expected type: bit beside it")
        }
    }

    private func registers(_ type: RegisterType) -> Int? {
        if type != .string, let length = draft.length {
            fault(length.position, "length: \(name) has type \(type.rawValue), expected length only with type: string")
        }
        if let count = type.registers { return count }
        guard let length = draft.length else {
            missing("length", "1 to 125, the registers of the string")
            return nil
        }
        return length.value
    }

    private func scaling() -> Scaling {
        if let map = draft.map {
            if let other = draft.scale ?? draft.offset {
                fault(other.position, "scale: \(name) has a map, expected either map or scale and offset")
            }
            return map.value
        }
        return .linear(scale: draft.scale?.value ?? Defaults.scale, offset: draft.offset?.value ?? Defaults.offset)
    }

    private func refuseNumberKeys(_ type: RegisterType) {
        let places: [(String, TextPosition?)] = [
            ("scale", draft.scale?.position), ("offset", draft.offset?.position), ("map", draft.map?.position),
            ("deadband", draft.deadBand?.position), ("resolution", draft.resolution?.position),
        ]
        for case (let key, let place?) in places {
            fault(place, "\(key): \(name) has type \(type.rawValue), expected \(key) only with a number")
        }
        if draft.kind?.value == .counter {
            fault(draft.kind?.position, "kind: \(name) has type \(type.rawValue), expected counter only with a number")
        }
    }

    private func refuseStringKeys() {
        let places: [(String, TextPosition?)] = [
            ("valid", draft.validRaw?.position ?? draft.validValue?.position), ("no_value", draft.noValue?.position),
        ]
        for case (let key, let place?) in places {
            fault(place, "\(key): \(name) has type string, expected \(key) only with a number")
        }
    }

    /// Raw values as the decoder yields them: 0xFFFF of an int16 is -1.
    private func noValue(_ type: RegisterType) -> [DecimalNumber] {
        guard let given = draft.noValue, type != .string else { return [] }
        guard let range = RawRange(type) else { return given.value }
        return given.value.compactMap { number in
            if let raw = range.raw(of: number) { return raw }
            fault(
                given.position,
                "no_value: \(number) is never read as \(type.rawValue), expected \(range.low) to \(range.high)")
            return nil
        }
    }

    private func labels(_ type: RegisterType) -> [Int64: String] {
        guard let given = draft.labels else { return [:] }
        guard type != .string, type != .float32, type != .float64 else {
            fault(given.position, "values: \(name) has type \(type.rawValue), expected an integer type, bool or bit")
            return [:]
        }
        guard let range = RawRange(type) else { return given.value }
        for raw in given.value.keys.sorted() where range.raw(of: DecimalNumber(raw)) != DecimalNumber(raw) {
            fault(
                given.position,
                "values: \(raw) is never read as \(type.rawValue), expected \(range.low) to \(range.high)")
        }
        return given.value
    }

    /// Says nothing of a key that was written: what is wrong with its value has been said.
    func missing(_ key: String, _ expected: String) {
        guard reader?.has(key) != true else { return }
        context.error(draft.position, "missing key \"\(key)\" in \(name), expected \(key): \(expected)")
    }

    func fault(_ position: TextPosition?, _ message: String) {
        context.error(position ?? draft.position, message)
    }
}
