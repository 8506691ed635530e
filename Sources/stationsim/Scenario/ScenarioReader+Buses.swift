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
