extension ScenarioReader {
    func bus(_ node: ScenarioNode) throws(ScenarioError) -> BusDefinition {
        var object = try node.object()
        let id = try object.need("id").text()
        guard !id.isEmpty, id.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }) else {
            throw object.failure("'id' must be letters, digits, - and _, for it becomes a file name")
        }
        let medium: BusDefinition.Medium
        switch (object.take("serial"), object.take("tcp")) {
        case (let serial?, nil): medium = .serial(try self.serial(serial, &object))
        case (nil, let tcp?): medium = .tcp(try self.tcp(tcp, &object))
        default: throw object.failure("needs either 'serial' (\"9600 8N1\") or 'tcp' (\"127.0.0.1:502\")")
        }
        try object.finish()
        return BusDefinition(id: id, medium: medium, devices: [], faults: [])
    }

    private func serial(_ node: ScenarioNode, _ object: inout ScenarioObject) throws(ScenarioError) -> SerialDefinition
    {
        let parts = try node.text().split(separator: " ")
        let format = parts.count == 2 ? Array(parts[1]) : []
        guard format.count == 3, let baud = Int(parts[0]), (300...4_000_000).contains(baud), "78".contains(format[0]),
            "NEO".contains(format[1]), "12".contains(format[2]), let data = format[0].wholeNumberValue,
            let stop = format[2].wholeNumberValue
        else { throw node.failure("expected baud rate and format, such as \"9600 8N1\"") }
        return SerialDefinition(
            baud: baud, format: String(parts[1]), bitsPerCharacter: 1 + data + (format[1] == "N" ? 0 : 1) + stop,
            chunk: try object.take("chunk")?.integer(in: 1...256) ?? 8,
            strict: try object.take("strict")?.flag() ?? true)
    }

    private func tcp(_ node: ScenarioNode, _ object: inout ScenarioObject) throws(ScenarioError) -> TCPDefinition {
        let parts = try node.text().split(separator: ":")
        let numbers = (parts.first ?? "").split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 2, numbers.count == 4, let port = UInt16(parts[1]) else {
            throw node.failure(
                "expected an IPv4 address and a port, such as \"127.0.0.1:502\"; port 0 takes a free one")
        }
        let framing = object.take("framing")
        let name = try framing?.text() ?? "tcp"
        guard let framing, !["tcp", "rtu"].contains(name) else {
            return TCPDefinition(host: String(parts[0]), port: port, rtuFraming: name == "rtu")
        }
        throw framing.failure("expected tcp or rtu")
    }
}
