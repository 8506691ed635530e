import SerialLine

extension ScenarioReader {
    mutating func readDevice(_ node: ScenarioNode, into buses: inout [BusDefinition]) throws(ScenarioError) {
        var object = try extended(node.object())
        _ = object.take("model")
        let id = try object.need("id").text()
        let busNode = try object.need("bus")
        let busName = try busNode.text()
        guard let bus = buses.firstIndex(where: { $0.id == busName }) else {
            throw busNode.failure("no bus '\(busName)'")
        }
        let meterNode = object.take("meter")
        let meter = try meterNode.map { node throws(ScenarioError) in try self.meter(node, device: id) }
        if let meterNode, case .tcp = buses[bus].medium { throw meterNode.failure("a meter needs a serial bus") }
        let unitNode = meter == nil ? try object.need("unit") : nil
        let unit = try unitNode.map { node throws(ScenarioError) in UInt8(try node.integer(in: 0...255)) } ?? 0
        let sharesUnit = try object.take("shares_unit")?.flag() ?? false
        if sharesUnit, case .tcp = buses[bus].medium {
            throw object.failure("'shares_unit' needs a serial bus")
        }
        let isTaken = buses[bus].devices.contains { $0.meter == nil && $0.unit == unit }
        if let unitNode, isTaken, !sharesUnit {
            throw unitNode.failure("unit \(unit) is taken on bus '\(busName)'; 'shares_unit: true' means it so")
        }
        guard !buses.contains(where: { $0.devices.contains { $0.id == id } }) else {
            throw node.failure("a second device '\(id)'")
        }
        var functions: Set<UInt8> = [1, 2, 3, 4]
        if let list = try object.take("functions")?.list() {
            functions = Set(try list.map { node throws(ScenarioError) in UInt8(try node.integer(in: 1...4)) })
        }
        let (turnaround, jitter) = try turnaround(object.take("turnaround"))
        var device = DeviceDefinition(
            id: id, unit: unit, turnaround: turnaround, jitter: jitter, functions: functions,
            wiring: try wiring(&object, on: buses[bus]),
            maxRegisters: try object.take("max_registers")?.integer(in: 1...125) ?? 125,
            maxBits: try object.take("max_bits")?.integer(in: 1...2000) ?? 2000,
            readable: try object.take("readable").map { node throws(ScenarioError) in try ranges(node) } ?? [],
            points: [], meter: meter, faults: [])
        for node in try object.take("points")?.list() ?? [] {
            let point = try point(node, device: id)
            guard !device.points.contains(where: { $0.name == point.name }) else {
                throw node.failure("a second point '\(point.name)'")
            }
            device.points.append(point)
        }
        try object.finish()
        buses[bus].devices.append(device)
    }

    private func wiring(_ object: inout ScenarioObject, on bus: BusDefinition) throws(ScenarioError) -> Wiring {
        guard case .serial(let line) = bus.medium else { return Wiring(settings: SerialSettings(baud: 9600)) }
        let baud = try object.take("baud")?.integer(in: 300...4_000_000) ?? line.settings.baud
        let format = try object.take("format")?.text() ?? line.settings.format
        guard let settings = SerialSettings(baud: baud, format: format) else {
            throw object.failure("'format' must be such as 8N1")
        }
        return Wiring(
            settings: settings, isSwapped: try object.take("swapped")?.flag() ?? false,
            isTolerant: try object.take("tolerant")?.flag() ?? false)
    }

    /// `{holding: [[0, 99], [220, 221]]}`: first and last address.
    func ranges(_ node: ScenarioNode) throws(ScenarioError) -> [(table: Table, addresses: ClosedRange<Int>)] {
        var object = try node.object()
        var result: [(table: Table, addresses: ClosedRange<Int>)] = []
        for table in Table.allCases {
            for range in try object.take(table.rawValue)?.list() ?? [] {
                let ends = try range.list()
                guard ends.count == 2 else { throw range.failure("expected [first, last]") }
                let first = try ends[0].integer(in: 0...65535)
                result.append((table, first...(try ends[1].integer(in: first...65535))))
            }
        }
        try object.finish()
        return result
    }

    private func turnaround(_ node: ScenarioNode?) throws(ScenarioError) -> (Nanoseconds, Nanoseconds) {
        guard let node else { return (10_000_000, 0) }
        guard case .object = node.tree else { return (try node.duration(), 0) }
        var object = try node.object()
        let typical = try object.need("typical").duration()
        let jitter = try object.take("jitter")?.duration() ?? 0
        guard jitter <= typical else { throw object.failure("'jitter' exceeds 'typical'") }
        try object.finish()
        return (typical, jitter)
    }

    private mutating func point(_ node: ScenarioNode, device: String) throws(ScenarioError) -> PointDefinition {
        var object = try node.object()
        let name = try object.need("point").text()
        let table = try object.take("table")?.choice(Table.self) ?? .holding
        let address = try object.need("address").integer(in: 0...65535)
        let (form, lowWordFirst) = try encoding(object.take("encode"))
        let bit = try object.take("bit")?.integer(in: 0...15)
        if bit != nil, form != .u16 || table.holdsBits { throw object.failure("'bit' needs a register of u16") }
        let line = try line(&object)
        let signal = try signalReference(object.need("signal"), device: device, point: name)
        let hidden = try object.take("hidden")?.flag() ?? false
        try object.finish()
        let point = PointDefinition(
            device: device, name: name, table: table, address: address, form: form, lowWordFirst: lowWordFirst,
            bit: bit,
            line: line, signal: signal, hidden: hidden)
        guard point.addresses.upperBound <= 65536 else { throw object.failure("reaches beyond register 65535") }
        return point
    }

    /// `u16`, `f32`, `s32le`; `le`: low word first, `be` (the default): high word first.
    private func encoding(_ node: ScenarioNode?) throws(ScenarioError) -> (NumberForm, Bool) {
        guard let node else { return (.u16, false) }
        let text = try node.text()
        let plain = text.hasSuffix("le") || text.hasSuffix("be") ? String(text.dropLast(2)) : text
        guard let form = NumberForm(rawValue: plain) else {
            let known = NumberForm.allCases.map(\.rawValue).joined(separator: ", ")
            throw node.failure("'\(text)' is unknown; expected \(known), with le or be behind it")
        }
        return (form, text.hasSuffix("le"))
    }

    /// Scale and offset as given, or as the straight line of `map: {raw: [4000, 20000], to: [0, 1.6]}`.
    func line(_ object: inout ScenarioObject) throws(ScenarioError) -> StraightLine {
        let scale = try object.take("scale")?.decimal() ?? ExactDecimal(1)
        let offset = try object.take("offset")?.decimal() ?? ExactDecimal(0)
        guard scale.digits != 0 else { throw object.failure("'scale' is 0") }
        guard let node = object.take("map") else { return StraightLine(scale: scale, offset: offset) }
        var map = try node.object()
        let raw = try map.need("raw").list().map { node throws(ScenarioError) in try node.decimal() }
        let to = try map.need("to").list().map { node throws(ScenarioError) in try node.decimal() }
        try map.finish()
        guard raw.count == 2, to.count == 2, raw[0] != raw[1], to[0] != to[1] else {
            throw node.failure("expected {raw: [low, high], to: [low, high]}")
        }
        guard let rise = to[1].minus(to[0]), let run = raw[1].minus(raw[0]), let slope = rise.divided(by: run),
            let atLow = slope.times(raw[0]), let start = to[0].minus(atLow)
        else { throw node.failure("its slope is no finite decimal") }
        return StraightLine(scale: slope, offset: start)
    }
}
