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
        let speaks = readProtocol(bus, template)
        refuseOtherLine(bus)
        let unit = speaks ? readUnit(bus, id?.value ?? "?", &addresses) : nil
        let overrides = readOverrides()
        let retries = reader.integer("retries", in: Bounds.retries)
        let timeout = reader.duration("response_timeout", in: Bounds.responseTimeout)
        let guardTime = reader.duration("guard", in: Bounds.guardTime)
        let ownLimit = reader.integer("max_registers", in: Bounds.registers).map { Int($0.value) }
        var known: DeviceTemplate?
        if case .found(let template) = template { known = template }
        let maxRegisters = ownLimit ?? known?.maxRegisters ?? Defaults.maxRegisters
        let facts = DeviceFacts(id: id?.value ?? "?", maxRegisters: maxRegisters, overrides: overrides)
        let points = speaks ? PointListReading(reader: reader, template: template, facts: facts).read() : nil
        guard let id else { return }
        equipment.known.append((id.value, points?.map(\.id)))
        guard let points, let unit, let bus else { return }
        let places = equipment.add(points)
        equipment.devices.append(
            DeviceConfiguration(
                id: id.value, bus: bus.id, unit: unit, template: known?.name, maxRegisters: maxRegisters,
                maxBits: min(known?.maxBits ?? Defaults.maxBits, 16 * maxRegisters),
                guardTime: guardTime?.value ?? known?.guardTime ?? Defaults.guardTime,
                responseTimeout: timeout?.value, retries: retries.map { Int($0.value) } ?? Defaults.retries,
                typicalTurnaround: known?.typicalTurnaround ?? Defaults.typicalTurnaround,
                refusedGaps: known?.refused ?? [],
                points: places))
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

    /// Whether the device's points are Modbus points.
    private func readProtocol(_ bus: BusList.Entry?, _ template: Template) -> Bool {
        guard reader.has("protocol") else { return true }
        guard let speaks = DeviceProtocol.read(reader) else { return false }
        guard let bus, let isSerial = bus.isSerial else { return true }
        var framesTCP = false
        if case .modbusTCP? = bus.bus?.connection { framesTCP = true }
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
        return true
    }

    /// A line has one speed and one format in this version.
    private func refuseOtherLine(_ bus: BusList.Entry?) {
        let baud = SerialText.baud(reader)
        let format = reader.choice("format", Bounds.formats)
        guard let connection = bus?.bus?.connection else { return }
        guard case .serial(_, let line) = connection else {
            for key in ["baud", "format"] where reader.has(key) {
                context.error(reader.place(key), "\(key): a TCP bus has none, expected \(key) only on a serial bus")
            }
            return
        }
        if let baud, baud.value != line.baud {
            context.error(
                baud.position,
                "baud: \(baud.value) on a bus of \(line.baud): not in this version, expected \(line.baud)")
        }
        let busFormat = "\(line.dataBits)\(line.parity.rawValue)\(line.stopBits)"
        if let format, format.value != busFormat {
            context.error(
                format.position,
                "format: \(format.value) on a bus of \(busFormat): not in this version, expected \(busFormat)")
        }
    }

    private func readUnit(_ bus: BusList.Entry?, _ id: String, _ addresses: inout [String: String]) -> UInt8? {
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
        if let bus {
            let key = "\(bus.id) \(chosen.value)"
            if let other = addresses[key] {
                context.error(
                    chosen.position,
                    "address: \(chosen.value) on bus \(bus.id) is already device \(other), expected an address of its own"
                )
            } else {
                addresses[key] = id
            }
        }
        return UInt8(chosen.value)
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
