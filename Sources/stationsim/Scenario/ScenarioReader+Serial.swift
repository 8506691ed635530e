import SerialLine

/// A serial bus: its line, who else is on it, and what is wrong with the cable.
extension ScenarioReader {
    func serial(_ node: ScenarioNode, _ object: inout ScenarioObject) throws(ScenarioError) -> SerialDefinition {
        let settings = try settings(node)
        var masters: [MasterDefinition] = []
        for node in try object.take("masters")?.list() ?? [] { masters.append(try master(node, on: settings)) }
        return SerialDefinition(
            settings: settings, chunk: try object.take("chunk")?.integer(in: 1...256) ?? 8,
            strict: try object.take("strict")?.flag() ?? true, condition: try condition(&object),
            isSwapped: try object.take("swapped")?.flag() ?? false,
            port: try object.take("port").map { node throws(ScenarioError) in try self.settings(node) },
            masters: masters,
            adapter: try object.take("adapter").map { node throws(ScenarioError) in try adapter(node, over: nil) })
    }

    /// `9600 8N1`
    func settings(_ node: ScenarioNode) throws(ScenarioError) -> SerialSettings {
        let parts = try node.text().split(separator: " ")
        guard parts.count == 2, let baud = Int(parts[0]), (300...4_000_000).contains(baud),
            let settings = SerialSettings(baud: baud, format: String(parts[1]))
        else { throw node.failure("expected baud rate and format, such as \"9600 8N1\"") }
        return settings
    }

    private func condition(_ object: inout ScenarioObject) throws(ScenarioError) -> WireCondition {
        var condition = WireCondition()
        condition.isBiased = try object.take("bias")?.flag() ?? true
        condition.isTerminated = try object.take("termination")?.flag() ?? true
        condition.length = try object.take("length")?.integer(in: 1...5000) ?? condition.length
        guard let node = object.take("interference") else { return condition }
        var noise = try node.object()
        let every = try noise.take("every")?.duration() ?? 200_000_000
        let length = try noise.take("length")?.duration() ?? 3_000_000
        guard length >= 100_000, every >= 2 * length, length <= 40_000_000 else {
            throw noise.failure("'length' must be from 100us to 40ms, and 'every' at least twice as long")
        }
        let signal = noise.take("signal")
        condition.interference = WireCondition.Interference(
            every: every, length: length,
            signal: try signal.map { node throws(ScenarioError) in try reference(node) })
        try noise.finish()
        return condition
    }

    private func master(_ node: ScenarioNode, on line: SerialSettings) throws(ScenarioError) -> MasterDefinition {
        var object = try node.object()
        let serial = object.take("serial")
        let master = MasterDefinition(
            id: try object.need("id").text(),
            settings: try serial.map { node throws(ScenarioError) in try settings(node) } ?? line,
            every: try object.need("every").duration(), from: try object.take("from")?.duration() ?? 0,
            to: try object.take("to")?.duration() ?? .max,
            requests: try object.need("requests").list().map { node throws(ScenarioError) in try request(node) })
        try object.finish()
        guard master.every >= 1_000_000 else { throw object.failure("'every' must be at least 1ms") }
        guard !master.requests.isEmpty else { throw object.failure("'requests' is empty") }
        return master
    }

    /// `{unit: 12, function: 3, address: 0, count: 2}` for Modbus, or a whole frame: `"68 11 22 ... 16"`.
    private func request(_ node: ScenarioNode) throws(ScenarioError) -> [UInt8] {
        if case .string(let text) = node.tree {
            let bytes = text.split(separator: " ").map { UInt8($0, radix: 16) }
            guard (1...256).contains(bytes.count), !bytes.contains(nil) else {
                throw node.failure("expected 1 to 256 bytes in hexadecimal, such as \"0c 03 00 00 00 02 c4 d6\"")
            }
            return bytes.compactMap { $0 }
        }
        var object = try node.object()
        let unit = UInt8(try object.need("unit").integer(in: 0...255))
        let function = UInt8(try object.take("function")?.integer(in: 1...4) ?? 3)
        let address = try object.need("address").integer(in: 0...65535)
        let count = try object.need("count").integer(in: 1...2000)
        try object.finish()
        let frame = [
            unit, function, UInt8(address >> 8), UInt8(address & 255), UInt8(count >> 8), UInt8(count & 255),
        ]
        return frame + ModbusCRC.bytes(of: frame)
    }

    /// - Parameter before: What it looked like before it went away, for what is not said.
    func adapter(_ node: ScenarioNode, over before: AdapterDefinition?) throws(ScenarioError) -> AdapterDefinition {
        var object = try node.object()
        func name(_ key: String) throws(ScenarioError) -> String? {
            guard let node = object.take(key) else { return nil }
            let text = try node.text()
            guard !text.isEmpty, text.utf8.count <= 200, !text.contains("/"), !text.hasPrefix(".") else {
                throw node.failure("becomes a file name: no / in it and no . before it")
            }
            return text
        }
        let adapter = AdapterDefinition(
            device: try name("device") ?? before?.device ?? "ttyUSB0", id: try name("id") ?? before?.id,
            path: try name("path") ?? before?.path)
        try object.finish()
        return adapter
    }
}
