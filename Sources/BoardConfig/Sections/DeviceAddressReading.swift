internal import GatewayModel

/// The keys `address`, `unit`, `meter_type` and `di_order` of one device, by its protocol.
struct DeviceAddressReading {
    let reader: MappingReader
    let proto: DeviceProtocol
    let bus: BusList.Entry?
    let template: DeviceTemplate?
    private var context: FileContext { reader.context }

    /// nil, reported, when it is missing or wrong.
    func read() -> Located<DeviceAddress>? {
        if proto != .cjt188 {
            for key in ["meter_type", "di_order"] where reader.has(key) {
                context.error(
                    reader.place(key), "\(key): not with protocol \(proto.rawValue), expected it only with cjt188")
            }
        }
        if !proto.isModbus, reader.has("unit") {
            context.error(
                reader.place("unit"), "unit: not with protocol \(proto.rawValue), expected address in its place")
        }
        switch proto {
        case .modbusRTU, .modbusTCP: return unit()
        case .dlt645: return number(digits: 12)?.map { .dlt645($0) }
        case .cjt188: return cjt188()
        case .mbus: return mbus()
        }
    }

    private func unit() -> Located<DeviceAddress>? {
        let overTCP = bus?.isSerial == false
        let range = overTCP ? Bounds.tcpUnit : Bounds.unit
        let address = reader.integer("address", in: range)
        let unit = overTCP ? reader.integer("unit", in: range) : nil
        if !overTCP, reader.has("unit"), bus?.isSerial == true {
            context.error(
                reader.place("unit"), "unit: bus \(bus?.id ?? "") is serial, expected address: 1 to 247 in its place")
        }
        if !reader.has("address"), !(overTCP && reader.has("unit")) {
            reader.require("address", "\(range.lowerBound) to \(range.upperBound)")
        }
        guard let chosen = unit ?? address else { return nil }
        if overTCP, reader.has("unit"), unit == nil { return nil }
        return chosen.map { .modbus(unit: UInt8($0)) }
    }

    private func cjt188() -> Located<DeviceAddress>? {
        let own = reader.integer("meter_type", in: Bounds.meterTypes)?.map { UInt8($0) }
        let order = reader.choice("di_order", IdentifierOrder.self)?.value ?? template?.identifierOrder
        let number = number(digits: 14)
        guard let type = own?.value ?? template?.meterType else {
            if !reader.has("meter_type") {
                reader.require("meter_type", "0x10 for cold water, 0x20 for heat, 0x30 for gas")
            }
            return nil
        }
        return number?.map { .cjt188(type: type, $0, order: order) }
    }

    /// The digits on the label. Quotes are better, for other programs that read the config would take them for a number
    /// and drop leading zeros; here they are text either way.
    private func number(digits: Int) -> Located<MeterNumber>? {
        let example = "\"\(String(repeating: "0", count: digits - 6))123456\""
        reader.require("address", "the \(digits) digits on the meter, in quotes, such as \(example)")
        guard let text = reader.text("address", atMost: 40) else { return nil }
        guard let number = MeterNumber(text.value, digits: digits) else {
            context.error(
                text.position,
                "address: \(FileContext.quoted(text.value)) is no meter number, expected the \(digits) digits on the meter, "
                    + "in quotes, such as \(example)")
            return nil
        }
        if !number.isOne { warnOfGroup(text) }
        return Located(number, text.position)
    }

    private func mbus() -> Located<DeviceAddress>? {
        guard let node = reader.node("address") else {
            reader.require("address", "0 to 250, or the secondary address in quotes, such as \"06855817.KAM.08.04\"")
            return nil
        }
        if case .scalar(let text, quoted: false) = node.content, ScalarText.integer(text) != nil, text.utf8.count < 8 {
            return reader.integer("address", in: Bounds.mbusAddress)?.map { .mbusPrimary(UInt8($0)) }
        }
        guard let text = reader.text("address", atMost: 40) else { return nil }
        guard let secondary = MBusSecondaryAddress(text.value) else {
            context.error(
                text.position,
                "address: \(FileContext.quoted(text.value)) is no secondary address, expected 8 digits, and if wanted maker, "
                    + "version and medium, such as \"06855817\" or \"06855817.KAM.08.04\"")
            return nil
        }
        if !secondary.number.isOne { warnOfGroup(text) }
        return Located(.mbusSecondary(secondary), text.position)
    }

    private func warnOfGroup(_ text: Located<String>) {
        context.warning(
            text.position, "address: \(text.value) calls any meter; of use only while one meter is on the line")
    }
}
