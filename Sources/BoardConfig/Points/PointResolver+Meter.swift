internal import GatewayModel

/// Points of meters that are asked by identifier or telegram.
extension PointResolver {
    /// nil, reported, when something is missing or does not fit.
    func meterSource() -> PointSource? {
        switch proto {
        case .modbusRTU, .modbusTCP: nil
        case .dlt645, .cjt188: bytesSource()
        case .mbus: recordSource()
        }
    }

    private func bytesSource() -> PointSource? {
        let meter = draft.meter
        if meter.identifier == nil {
            missing("di", proto == .dlt645 ? "\"00010000\", the data identifier" : "\"901F\", the data identifier")
        }
        let type = meter.type?.value ?? .bcd
        checkBit(isBit: type == .bit, type.rawValue)
        guard let identifier = meter.identifier?.value, let count = byteCount(type) else { return nil }
        guard fits(count, type) else { return nil }
        var field = MeterBytes(
            at: meter.at?.value ?? 0, count: count, form: form(type), answerLength: meter.answer?.value)
        if meter.unitCode != nil {
            guard let unit = unitCode(type) else { return nil }
            field.unitCode = unit
        } else if let decimals = meter.decimals {
            fault(
                decimals.position,
                "decimals: \(name) has no unit_code, expected scale in its place, such as scale: 0.01")
        }
        return .meter(MeterSource(question: .identifier(identifier), field: .bytes(field)))
    }

    private func byteCount(_ type: MeterType) -> Int? {
        if type == .clock {
            if let bytes = draft.meter.bytes, bytes.value != 7 {
                fault(bytes.position, "bytes: a clock has 7, expected no key bytes with type: clock")
            }
            return 7
        }
        if draft.meter.bytes == nil {
            if type == .bit { return 1 }
            missing("bytes", "how many bytes the value has")
        }
        return draft.meter.bytes?.value
    }

    /// Longest value by type, and the place of it in the longest answer.
    private func fits(_ count: Int, _ type: MeterType) -> Bool {
        let longest = type == .uint || type == .bit ? 8 : 9
        guard count <= longest else {
            fault(draft.meter.bytes?.position, "bytes: \(count) of type \(type.rawValue), expected at most \(longest)")
            return false
        }
        let header = proto == .dlt645 ? 4 : 3
        let end = (draft.meter.at?.value ?? 0) + count + (draft.meter.unitCode == nil ? 0 : 1) + header
        let most = draft.meter.answer?.value ?? (proto == .dlt645 ? 200 : 100)
        guard end <= most else {
            fault(
                draft.meter.at?.position ?? draft.meter.answer?.position,
                "at: \(name) ends at byte \(end) of the answer's data, expected at most \(most)")
            return false
        }
        return true
    }

    private func form(_ type: MeterType) -> MeterBytes.Form {
        switch type {
        case .bcdSigned: .signedDecimal
        case .uint: .binary
        case .bit: .bit(Int(draft.bit?.value ?? 0))
        case .digits: .digits
        case .clock: .clock
        case .bcd, .number, .text: .decimal
        }
    }

    private func unitCode(_ type: MeterType) -> UnitCodeField? {
        guard type == .bcd || type == .bcdSigned else {
            fault(
                draft.meter.unitCode?.position,
                "unit_code: \(name) has type \(type.rawValue), expected unit_code only with bcd or bcd-signed")
            return nil
        }
        if draft.meter.decimals == nil { missing("decimals", "how many digits stand after the point") }
        guard let place = draft.meter.unitCode?.value, let scale = meterScale(of: nil),
            let decimals = draft.meter.decimals?.value
        else { return nil }
        return UnitCodeField(place: place, decimals: decimals, scale: scale)
    }

    // MARK: - M-Bus

    private func recordSource() -> PointSource? {
        guard let match = draft.meter.record?.value else {
            missing("record", "what the record is of, such as energy, its place, or DIF and VIF such as \"04 06\"")
            return nil
        }
        var quantity: MBusQuantity?
        if case .quantity(let named) = match { quantity = named } else { refuseQuantityKeys() }
        let isText = draft.meter.type.map { $0.value == .text } ?? (quantity == .date || quantity == .dateTime)
        var record = MeterRecord(
            match, storage: draft.meter.storage?.value ?? 0, tariff: draft.meter.tariff?.value ?? 0,
            subunit: draft.meter.subunit?.value ?? 0, function: draft.meter.function?.value ?? .value, isText: isText)
        if !isText, quantity?.kind != nil || draft.unit?.value.isEmpty == false {
            guard let scale = meterScale(of: quantity) else { return nil }
            record.scale = scale
        }
        return .meter(MeterSource(question: .telegrams, field: .record(record)))
    }

    private func refuseQuantityKeys() {
        let places: [(String, TextPosition?)] = [
            ("storage", draft.meter.storage?.position), ("tariff", draft.meter.tariff?.position),
            ("subunit", draft.meter.subunit?.position), ("function", draft.meter.function?.position),
        ]
        for case (let key, let place?) in places {
            fault(place, "\(key): \(name) is found by place or codes, expected \(key) only with record: a quantity")
        }
    }

    // MARK: - Units

    /// In what a value is published whose unit the meter chooses: the point's unit, in steps of its scale.
    func meterScale(of quantity: MBusQuantity?) -> MeterScale? {
        let known = MeterUnit.all.filter { quantity?.kind == nil || $0.kind == quantity?.kind }.map(\.symbol)
        guard let given = draft.unit else {
            missing("unit", "the unit that the meter's is turned into, one of \(FileContext.list(known))")
            return nil
        }
        guard let unit = MeterUnit(given.value), quantity?.kind == nil || quantity?.kind == unit.kind else {
            fault(
                given.position,
                "unit: the meter's unit cannot be turned into \(FileContext.quoted(given.value)), "
                    + "expected one of \(FileContext.list(known))\(context.hint(given.value, among: known))")
            return nil
        }
        if let other = draft.map?.position ?? draft.offset?.position {
            fault(
                other, "\(draft.map == nil ? "offset" : "map"): \(name) has the meter's own unit, expected only scale")
            return nil
        }
        guard let scale = draft.scale?.value else {
            if unit.kind == .time { return MeterScale(unit: unit, step: .one) }
            missing("scale", "the step in which values are published, fine enough for every unit, such as 0.000001")
            return nil
        }
        return MeterScale(unit: unit, step: scale)
    }
}
