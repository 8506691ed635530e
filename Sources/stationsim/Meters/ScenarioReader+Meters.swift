extension ScenarioReader {
    /// `meter: {speaks: "dlt645", number: "112233445566", values: [...]}`
    mutating func meter(_ node: ScenarioNode, device: String) throws(ScenarioError) -> MeterDefinition {
        var object = try node.object()
        let speaks = try object.need("speaks")
        let digits: Int
        let speech: MeterDefinition.Speech
        switch try speaks.text() {
        case "dlt645": (digits, speech) = (12, .dlt645)
        case "cjt188":
            let type = UInt8(try object.need("type").integer(in: 0...255))
            (digits, speech) = (14, .cjt188(type: type, highFirst: try object.take("high_first")?.flag() ?? true))
        case "mbus": (digits, speech) = (8, .mbus(try identity(&object)))
        default: throw speaks.failure("expected dlt645, cjt188 or mbus")
        }
        let number = try number(object.need("number"), digits)
        var values: [MeterValue] = []
        for node in try object.need("values").list() {
            values.append(try meterValue(node, device: device, speech))
        }
        try object.finish()
        return MeterDefinition(speech: speech, number: number, values: values)
    }

    private func identity(_ object: inout ScenarioObject) throws(ScenarioError) -> MBusIdentity {
        let address = UInt8(try object.need("address").integer(in: 0...250))
        let tail = try bytes(object.need("identity"))
        guard tail.count == 4 else {
            throw object.failure("'identity' must be maker, version, medium: \"2D 2C 08 04\"")
        }
        return MBusIdentity(
            address: address, tail: tail, telegrams: try object.take("telegrams")?.integer(in: 1...8) ?? 1)
    }

    /// The last two digits first.
    private func number(_ node: ScenarioNode, _ digits: Int) throws(ScenarioError) -> [UInt8] {
        let text = Array(try node.text())
        let bytes = stride(from: 0, to: text.count - 1, by: 2).compactMap {
            UInt8(String(text[$0...$0 + 1]), radix: 16)
        }
        guard text.count == digits, bytes.count == digits / 2 else { throw node.failure("expected \(digits) digits") }
        return bytes.reversed()
    }

    /// `"04 06"`
    func bytes(_ node: ScenarioNode) throws(ScenarioError) -> [UInt8] {
        let parts = try node.text().split(separator: " ")
        let bytes = parts.compactMap { UInt8($0, radix: 16) }
        guard bytes.count == parts.count else { throw node.failure("expected bytes such as \"04 06\"") }
        return bytes
    }

    private mutating func meterValue(
        _ node: ScenarioNode, device: String, _ speech: MeterDefinition.Speech
    ) throws(ScenarioError) -> MeterValue {
        var object = try node.object()
        let name = try object.need("point").text()
        var identifier: UInt32 = 0
        if case .mbus = speech {
        } else {
            let text = try object.need("di")
            guard let number = UInt32(try text.text(), radix: 16) else {
                throw text.failure("expected hexadecimal digits")
            }
            identifier = number
        }
        let value = MeterValue(
            device: device, name: name, identifier: identifier,
            before: try object.take("before").map { node throws(ScenarioError) in try bytes(node) } ?? [],
            after: try object.take("after").map { node throws(ScenarioError) in try bytes(node) } ?? [],
            form: try object.take("form")?.choice(MeterValue.Form.self) ?? .bcd,
            bytes: try object.need("bytes").integer(in: 1...8), line: try line(&object),
            signal: try signalReference(object.need("signal"), device: device, point: name),
            hidden: try object.take("hidden")?.flag() ?? false)
        try object.finish()
        return value
    }
}
