internal import GatewayModel

extension ConfigReading {
    func readBuses(_ root: MappingReader, _ board: BoardParts) -> BusList {
        var list = BusList()
        guard let node = root.node("buses") else { return list }
        guard let items = context.list(node, "buses", of: "buses") else {
            list.isIncomplete = true
            return list
        }
        if items.isEmpty || items.count > Bounds.buses {
            context.error(node.position, "buses: \(items.count) buses, expected 1 to \(Bounds.buses)")
        }
        for item in items {
            guard let reader = MappingReader(item, "buses", .bus, context) else {
                list.isIncomplete = true
                continue
            }
            readBus(reader, board, &list)
        }
        checkEndpoints(list)
        return list
    }

    private func readBus(_ reader: MappingReader, _ board: BoardParts, _ list: inout BusList) {
        reader.require("id", "a name of your own")
        let id = reader.identifier("id")
        let connection = readConnection(reader, board)
        let timeout = reader.duration("response_timeout", in: Bounds.responseTimeout)
        let mode = reader.choice("mode", ["poll", "listen"])
        if let mode, mode.value == "listen", reader.has("tcp") {
            context.error(mode.position, "mode: only a serial line can be listened to, expected mode: listen with port")
        }
        guard let id else {
            list.isIncomplete = true
            return
        }
        guard list.entry(id.value) == nil else {
            context.error(id.position, "id: a second bus \(FileContext.quoted(id.value)), expected an id of its own")
            return
        }
        let bus = connection.map {
            BusConfiguration(
                id: id.value, connection: $0.value, responseTimeout: timeout?.value ?? Defaults.responseTimeout,
                isListenOnly: mode?.value == "listen")
        }
        let isSerial: Bool? = reader.has("port") ? (reader.has("tcp") ? nil : true) : (reader.has("tcp") ? false : nil)
        context.log.places.buses[id.value] = reader.position
        list.entries.append(
            .init(id: id.value, bus: bus, isSerial: isSerial, position: connection?.position ?? reader.position))
    }

    private func readConnection(_ reader: MappingReader, _ board: BoardParts) -> Located<BusConnection>? {
        switch (reader.has("port"), reader.has("tcp")) {
        case (true, true):
            context.error(reader.place("tcp"), "tcp: this bus has a port already, expected port or tcp")
            return nil
        case (false, false):
            context.error(
                reader.position,
                "missing key \"port\" in a bus, expected port: NAME of the board, port: /dev/..., or tcp: HOST:PORT")
            return nil
        case (true, false): return readSerial(reader, board)
        case (false, true): return readTCP(reader)
        }
    }

    private func readSerial(_ reader: MappingReader, _ board: BoardParts) -> Located<BusConnection>? {
        if reader.has("framing") {
            context.error(reader.place("framing"), "framing: a serial bus speaks RTU, expected framing only with tcp")
        }
        let format = SerialText.format(reader)
        guard let port = reader.text("port"), let format, let path = portPath(port, board) else { return nil }
        if SerialText.isNumbered(path) {
            context.warning(
                port.position,
                "port: \(path) is whatever adapter came first; expected a name that stays: /dev/serial/by-id/... for the "
                    + "adapter, /dev/serial/by-path/... for its socket")
        }
        return Located(.serial(path: path, format: format), port.position)
    }

    private func portPath(_ port: Located<String>, _ board: BoardParts) -> String? {
        if port.value.hasPrefix("/") { return port.value }
        if let known = board.ports.first(where: { $0.name == port.value }) { return known.path }
        guard board.isKnown else { return nil }
        let names = board.ports.map(\.name)
        let expected =
            names.isEmpty ? "a device path such as /dev/ttyS1" : "one of \(FileContext.list(names)), or a device path"
        context.error(
            port.position,
            "port: board \(board.description.name) has no port \(FileContext.quoted(port.value)), expected \(expected)"
                + context.hint(port.value, among: names))
        return nil
    }

    private func readTCP(_ reader: MappingReader) -> Located<BusConnection>? {
        for key in ["baud", "format"] where reader.has(key) {
            context.error(reader.place(key), "\(key): a TCP bus has none, expected \(key) only with port")
        }
        let framing = reader.choice("framing", ["tcp", "rtu"])
        guard let text = reader.text("tcp", atMost: 260) else { return nil }
        guard let endpoint = Endpoint(text.value) else {
            context.error(
                text.position,
                "tcp: \(FileContext.quoted(text.value)) is no address, "
                    + "expected HOST:PORT such as 192.168.1.20:502, plc.local or [fd00::2]:502")
            return nil
        }
        if reader.has("framing"), framing == nil { return nil }
        let port = endpoint.port ?? Defaults.tcpPort
        return Located(
            (framing?.value ?? Defaults.framing) == "rtu"
                ? .rtuOverTCP(host: endpoint.host, port: port) : .modbusTCP(host: endpoint.host, port: port),
            text.position)
    }

    /// One serial port belongs to one bus; two connections to one server may be meant, but seldom are.
    private func checkEndpoints(_ list: BusList) {
        var owners: [String: String] = [:]
        for entry in list.entries {
            guard let bus = entry.bus else { continue }
            let (endpoint, isSerial): (String, Bool) =
                switch bus.connection {
                case .serial(let path, _): (path, true)
                case .modbusTCP(let host, let port), .rtuOverTCP(let host, let port): ("\(host):\(port)", false)
                }
            guard let owner = owners[endpoint] else {
                owners[endpoint] = bus.id
                continue
            }
            if isSerial {
                context.error(
                    entry.position, "port: \(endpoint) is already used by bus \(owner), expected a port of its own")
            } else {
                context.warning(
                    entry.position, "tcp: \(endpoint) is also bus \(owner); devices of one line belong to one bus")
            }
        }
    }
}
