internal import GatewayModel

/// One entry of `devices`.
struct DeviceReading {
    let config: ConfigReading
    let reader: MappingReader
    private var context: FileContext { reader.context }

    /// What is known of the device's template.
    enum Template {
        case none
        case found(DeviceTemplate)
        /// Named, but not to be had; reported.
        case faulty
    }

    func read(_ buses: inout BusList, _ equipment: inout EquipmentList, _ addresses: inout [String: String]) {
        reader.require("id", "a name of your own")
        reader.require("bus", "the id of a bus")
        let id = readID(equipment)
        let bus = readBus(&buses)
        let template = readTemplate()
        var known: DeviceTemplate?
        if case .found(let template) = template { known = template }
        let proto = readProtocol(bus, template)
        let format = readFormat(bus, known, proto ?? .modbusRTU)
        let address = proto.flatMap { readAddress($0, bus, known, id?.value ?? "?", &addresses) }
        let overrides = readOverrides()
        let retries = reader.integer("retries", in: Bounds.retries)
        let timeout = reader.duration("response_timeout", in: Bounds.responseTimeout)
        let guardTime = reader.duration("guard", in: Bounds.guardTime)
        let ownLimit = reader.integer("max_registers", in: Bounds.registers).map { Int($0.value) }
        let maxRegisters = ownLimit ?? known?.maxRegisters ?? Defaults.maxRegisters
        let points = proto.flatMap { proto in
            let facts = DeviceFacts(
                id: id?.value ?? "?", proto: proto, maxRegisters: maxRegisters, overrides: overrides)
            return PointListReading(reader: reader, template: template, facts: facts).read()
        }
        guard let id else { return }
        equipment.known.append((id.value, points?.map(\.id)))
        context.log.places.devices[id.value] = reader.position
        guard let points, let address, let bus else { return }
        var questions = QuestionPlaces()
        let places = equipment.add(
            points.map { point in
                var point = point
                point.source = questions.placed(point.source)
                return point
            })
        let identity = known?.identityPoint.map { questions.placed($0.definition.source) }
        equipment.devices.append(
            DeviceConfiguration(
                id: id.value, bus: bus.id, address: address, format: format, identity: identity, template: known?.name,
                maxRegisters: address.isModbus ? maxRegisters : 1,
                maxBits: min(known?.maxBits ?? Defaults.maxBits, 16 * maxRegisters),
                guardTime: guardTime?.value ?? known?.guardTime ?? Defaults.guardTime,
                responseTimeout: timeout?.value ?? patience(address, bus),
                retries: retries.map { Int($0.value) } ?? Defaults.retries,
                typicalTurnaround: known?.typicalTurnaround ?? Defaults.typicalTurnaround,
                refusedGaps: known?.refused ?? [],
                points: places))
    }

    /// Meters may take half a second to begin (DL/T 645-2007, 7.3), so they get a second where the bus gives less.
    private func patience(_ address: DeviceAddress, _ bus: BusList.Entry) -> Nanoseconds? {
        guard !address.isModbus, let given = bus.bus?.responseTimeout else { return nil }
        return given < Defaults.meterResponseTimeout ? Defaults.meterResponseTimeout : nil
    }

    private func readID(_ equipment: EquipmentList) -> Located<String>? {
        guard let id = reader.identifier("id") else { return nil }
        if id.value == "io" || id.value == "gateway" {
            let owner = id.value == "io" ? "the board's own lines" : "the board's own vitals"
            context.error(id.position, "id: \(FileContext.quoted(id.value)) is taken by \(owner), expected another id")
        }
        guard equipment.points(of: id.value) == nil else {
            context.error(
                id.position, "id: a second device \(FileContext.quoted(id.value)), expected an id of its own")
            return nil
        }
        return id
    }

    private func readBus(_ buses: inout BusList) -> BusList.Entry? {
        guard let name = reader.text("bus") else { return nil }
        guard let index = buses.entries.firstIndex(where: { $0.id == name.value }) else {
            guard !buses.isIncomplete else { return nil }
            let expected = buses.ids.isEmpty ? "a bus under buses" : "one of \(FileContext.list(buses.ids))"
            context.error(
                name.position,
                "bus: no bus \(FileContext.quoted(name.value)), expected \(expected)"
                    + context.hint(name.value, among: buses.ids))
            return nil
        }
        buses.entries[index].hasDevices = true
        return buses.entries[index]
    }

    private func readTemplate() -> Template {
        guard reader.has("template") else { return .none }
        guard let name = reader.identifier("template", .library) else { return .faulty }
        switch config.library.template(name.value) {
        case .failure(let missing):
            context.error(name.position, "template: \(missing.message)")
            return .faulty
        case .success(nil):
            context.error(
                name.position,
                "template: \(name.value) has errors of its own, expected a template that passes the check")
            return .faulty
        case .success(let template?):
            if template.verification == .doubtful {
                context.warning(
                    name.position,
                    "template: \(name.value) is doubtful as a whole; compare its values with the device's display")
            }
            return .found(template)
        }
    }

    /// The device's own, else the template's, else that of the bus; nil: what is written is none.
    private func readProtocol(_ bus: BusList.Entry?, _ template: Template) -> DeviceProtocol? {
        var known: DeviceProtocol?
        if case .found(let template) = template { known = DeviceProtocol(rawValue: template.proto) }
        var framesTCP = false
        if case .modbusTCP? = bus?.bus?.connection { framesTCP = true }
        guard reader.has("protocol") else {
            // What a faulty template speaks is not known, so nothing is said of address and points.
            if case .faulty = template { return nil }
            let speaks = known.map { $0.isModbus ? (framesTCP ? .modbusTCP : .modbusRTU) : $0 } ?? .modbusRTU
            if !speaks.isModbus { refuseModbusTCP(bus, framesTCP, speaks, reader.place("template")) }
            return speaks
        }
        guard let speaks = DeviceProtocol.read(reader) else { return nil }
        if let known, known != speaks.value, !(known.isModbus && speaks.value.isModbus) {
            context.error(
                speaks.position,
                "protocol: \(speaks.value.rawValue) with a template of \(known.rawValue), expected \(known.rawValue), or "
                    + "no key protocol")
            return nil
        }
        guard let bus, let isSerial = bus.isSerial else { return speaks.value }
        if speaks.value == .modbusTCP, isSerial || (bus.bus != nil && !framesTCP) {
            context.error(
                speaks.position, "protocol: modbus-tcp on bus \(bus.id), which speaks RTU, expected modbus-rtu")
        }
        if speaks.value == .modbusRTU, framesTCP {
            context.error(
                speaks.position,
                "protocol: modbus-rtu on bus \(bus.id), which speaks Modbus TCP, expected modbus-tcp, "
                    + "or framing: rtu on the bus")
        }
        if !speaks.value.isModbus { refuseModbusTCP(bus, framesTCP, speaks.value, speaks.position) }
        return speaks.value
    }

    private func refuseModbusTCP(
        _ bus: BusList.Entry?, _ framesTCP: Bool, _ proto: DeviceProtocol, _ position: TextPosition
    ) {
        guard framesTCP, let bus else { return }
        context.error(
            position,
            "protocol: \(proto.rawValue) on bus \(bus.id), which speaks Modbus TCP, expected a serial bus, or framing: rtu "
                + "on the bus when its converter passes on what comes")
    }

    /// The device's own speed and format; nil: the bus's.
    private func readFormat(_ bus: BusList.Entry?, _ template: DeviceTemplate?, _ proto: DeviceProtocol)
        -> SerialFormat?
    {
        let baud = SerialText.baud(reader)
        let format = reader.choice("format", Bounds.formats)
        guard let connection = bus?.bus?.connection else { return nil }
        guard case .serial(_, let line) = connection else {
            for key in ["baud", "format"] where reader.has(key) {
                context.error(reader.place(key), "\(key): a TCP bus has none, expected \(key) only on a serial bus")
            }
            return nil
        }
        var own = line
        if let baud { own.baud = baud.value }
        if let format {
            let parsed = SerialText.parse(format.value, baud: own.baud)
            (own.parity, own.stopBits) = (parsed.parity, parsed.stopBits)
        }
        // Modbus devices are set up on site; a meter mostly speaks as it left the factory.
        if !proto.isModbus, baud == nil, format == nil, let factory = template?.factoryFormat, factory != line {
            context.warning(
                reader.position,
                "bus \(bus?.id ?? "") has \(line.text), the template \(factory.text) as the factory setting; "
                    + "give baud and format to say which the device has")
        }
        return own == line ? nil : own
    }

    /// nil, reported, when it is missing, wrong or another device's.
    private func readAddress(
        _ proto: DeviceProtocol, _ bus: BusList.Entry?, _ template: DeviceTemplate?, _ id: String,
        _ addresses: inout [String: String]
    ) -> DeviceAddress? {
        guard
            let address = DeviceAddressReading(reader: reader, proto: proto, bus: bus, template: template).read()
        else { return nil }
        guard let bus else { return address.value }
        let text = address.value.text
        let key = proto.isModbus ? "\(bus.id) \(text)" : "\(bus.id) \(proto.rawValue) \(text)"
        if let other = addresses[key] {
            context.error(
                address.position,
                "address: \(text) on bus \(bus.id) is already device \(other), expected an address of its own")
        } else {
            addresses[key] = id
        }
        return address.value
    }

    /// The device's keys that stand between a point's own and the template's.
    private func readOverrides() -> PointDraft {
        var overrides = PointDraft(position: reader.position)
        overrides.period = PointDraft.readPeriod(reader)
        overrides.wordOrder = reader.choice("word_order", ByteOrder.self)
        overrides.byteOrder = reader.choice("byte_order", ByteOrder.self)
        return overrides
    }
}
