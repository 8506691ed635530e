extension ScenarioReader {
    func readFault(_ node: ScenarioNode, into buses: inout [BusDefinition]) throws(ScenarioError) {
        var object = try node.object()
        let from = try object.take("from")?.duration() ?? 0
        let to = try object.take("to")?.duration() ?? .max
        let kind = try object.need("kind")
        if let name = object.take("device") {
            let id = try name.text()
            for (b, bus) in buses.enumerated() {
                guard let d = bus.devices.firstIndex(where: { $0.id == id }) else { continue }
                let fault = try deviceFault(kind, &object, bus.devices[d])
                try refuse(fault, on: bus, kind)
                try object.finish()
                buses[b].devices[d].faults.append(Fault(kind: fault, from: from, to: to))
                return
            }
            throw name.failure("no device '\(id)'")
        }
        let name = try object.need("bus")
        let id = try name.text()
        guard let bus = buses.firstIndex(where: { $0.id == id }) else { throw name.failure("no bus '\(id)'") }
        let fault = try busFault(kind, &object, bus: buses[bus])
        try refuse(fault, on: buses[bus], kind)
        try object.finish()
        buses[bus].faults.append(Fault(kind: fault, from: from, to: to))
    }

    private func deviceFault(
        _ kind: ScenarioNode, _ object: inout ScenarioObject, _ device: DeviceDefinition
    ) throws(ScenarioError) -> Fault.Kind {
        let oneIn = try object.take("one_in")?.integer(in: 1...1_000_000) ?? 1
        switch try kind.text() {
        case "dead": return .dead
        case "late":
            let by = try object.need("by").duration()
            return .late(by: by, served: try object.take("served")?.flag() ?? false, oneIn: oneIn)
        case "crc": return .crc(oneIn: oneIn)
        case "wrong-unit": return .wrongUnit(oneIn: oneIn)
        case "short": return .short(bytes: try object.take("bytes")?.integer(in: 1...255) ?? 1, oneIn: oneIn)
        case "noise":
            return .noise(
                before: try object.take("before")?.integer(in: 0...255) ?? 0,
                after: try object.take("after")?.integer(in: 0...255) ?? 3, oneIn: oneIn)
        case "babble":
            return .babble(
                every: try span(object.need("every")), bytes: try object.take("bytes")?.integer(in: 1...255) ?? 12,
                frame: try object.take("frame").map { node throws(ScenarioError) in try bytes(node) })
        case "steal":
            let units = try object.need("units").list()
            return .steal(
                units: Set(try units.map { node throws(ScenarioError) in UInt8(try node.integer(in: 0...255)) }),
                oneIn: oneIn)
        case "exception-on-gap":
            return .exceptionOnGap(holes: try ranges(object.need("holes")))
        case "exception":
            let code = UInt8(try object.need("code").integer(in: 1...255))
            let point = object.take("point")
            return .exception(
                code: code, point: try point.map { node throws(ScenarioError) in try known(node, device).name })
        case "words":
            let point = try known(object.need("point"), device)
            let list = try object.need("words").list()
            let words = try list.map { node throws(ScenarioError) in UInt16(try node.integer(in: 0...65535)) }
            guard words.count == point.count else { throw kind.failure("'\(point.name)' takes \(point.count) words") }
            return .words(point: point.name, words: words)
        default:
            throw kind.failure(
                "expected dead, late, crc, wrong-unit, short, noise, babble, steal, exception-on-gap, exception or words "
                    + "for a device")
        }
    }

    private func busFault(
        _ kind: ScenarioNode, _ object: inout ScenarioObject, bus: BusDefinition
    ) throws(ScenarioError) -> Fault.Kind {
        switch try kind.text() {
        case "noise":
            return .idleNoise(
                every: try span(object.need("every")), bytes: try object.take("bytes")?.integer(in: 1...255) ?? 3)
        case "port-gone":
            guard let node = object.take("returns") else { return .portGone(returns: nil) }
            guard case .serial(let line) = bus.medium, let before = line.adapter else {
                throw node.failure("the bus has no 'adapter'")
            }
            return .portGone(returns: try adapter(node, over: before))
        default: throw kind.failure("expected noise or port-gone for a bus")
        }
    }

    private func span(_ node: ScenarioNode) throws(ScenarioError) -> Nanoseconds {
        let every = try node.duration()
        guard every >= 1_000_000 else { throw node.failure("must be at least 1ms") }
        return every
    }

    private func known(_ node: ScenarioNode, _ device: DeviceDefinition) throws(ScenarioError) -> PointDefinition {
        let name = try node.text()
        guard let point = device.points.first(where: { $0.name == name }) else {
            throw node.failure("device '\(device.id)' has no point '\(name)'")
        }
        return point
    }

    /// Faults of the wire make no sense where TCP carries the bytes.
    private func refuse(_ fault: Fault.Kind, on bus: BusDefinition, _ kind: ScenarioNode) throws(ScenarioError) {
        guard case .tcp(let tcp) = bus.medium else { return }
        switch fault {
        case .idleNoise, .noise: throw kind.failure("there is no noise on a TCP bus")
        case .babble, .steal: throw kind.failure("needs a serial bus")
        case .crc where !tcp.rtuFraming: throw kind.failure("Modbus TCP has no CRC")
        default: return
        }
    }
}
