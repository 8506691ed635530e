internal import GatewayModel

extension ValueShape {
    static let root = mapping(.root, required: ["schema", "gateway", "uplinks"])

    /// What a key of the config asks for; the checker itself says more than a schema can.
    static func of(_ key: String, in keys: KeySet) -> ValueShape {
        section(key) ?? name(key, in: keys) ?? number(key) ?? span(key) ?? word(key) ?? .text
    }

    private static func section(_ key: String) -> ValueShape? {
        switch key {
        case "gateway": mapping(.gateway, required: ["id"])
        case "board": either([identifier(.library), mapping(.board, required: ["name"])])
        case "ports": map(either([text, mapping(.port, required: ["path"])]))
        case "lines": map(mapping(.line, required: []))
        case "leds": map(text)
        case "watchdog": either([text, mapping(.watchdog, required: ["path"])])
        case "buses": list(mapping(.bus, required: ["id"]))
        case "devices": list(mapping(.device, required: ["id", "bus"]))
        case "inputs": list(mapping(.input, required: ["id", "line"]))
        case "outputs": list(mapping(.output, required: ["id", "line"]))
        case "vitals": mapping(.vitals, required: [])
        case "alarms": list(mapping(.alarm, required: ["id"]))
        case "store": mapping(.store, required: [])
        case "uplinks": list(mapping(.uplink, required: ["id", "profile", "mqtt"]))
        case "mqtt": mapping(.mqtt, required: ["host"])
        case "tls": mapping(.tls, required: ["ca"])
        case "map": mapping(.map, required: ["raw", "to"])
        case "valid": either([pair, mapping(.valid, required: [])])
        case "values": map(text)
        case "no_value": either([number, list(number)])
        case "raw", "to", "value": pair
        default: nil
        }
    }

    private static func name(_ key: String, in keys: KeySet) -> ValueShape? {
        switch (keys.place, key) {
        case ("gateway", "id"): identifier(.gateway)
        case ("an alarm", "id"): either([identifier(.item), pattern("^comm:")])
        case (_, "id"), (_, "from"): identifier(.item)
        case ("a device", "points"):
            list(either([identifier(.item), mapping(.point, required: ["id"])]))
        case ("an uplink", "points"): list(text)
        case ("a device", "unit"): integer(Bounds.tcpUnit)
        case ("a device", "address"): either([integer(Bounds.tcpUnit), text])
        case ("a point", "type"):
            choice(
                RegisterType.allCases.map(\.rawValue)
                    + MeterType.allCases.map(\.rawValue).filter { RegisterType(rawValue: $0) == nil })
        case ("a point", "record"): either([integer(Bounds.recordPlace), text])
        case ("a line", "line"): integer(Bounds.lineOffset)
        case (_, "line"): either([text, mapping(.line, required: [])])
        case ("an input", "kind"): choice(["state", "counter"])
        case ("vitals", "points"): list(choice(BoardVital.allCases.map(\.rawValue)))
        case ("mqtt", "port"): integer(Bounds.portNumber)
        case (_, "template"): identifier(.library)
        default: nil
        }
    }

    private static func number(_ key: String) -> ValueShape? {
        switch key {
        case "schema": constant(["1"])
        case "baud": constant(Bounds.bauds.map(String.init))
        case "version": constant(["5", "\"5\"", "\"3.1.1\""])
        case "address": integer(0...65_535)
        case "bit": integer(0...15)
        case "length", "max_registers": integer(Bounds.registers)
        case "retries": integer(Bounds.retries)
        case "backlog_share": integer(Bounds.backlogShare)
        case "meter_type": integer(Bounds.meterTypes)
        case "at": integer(Bounds.meterOffset)
        case "bytes": integer(Bounds.meterBytes)
        case "decimals": integer(Bounds.meterDecimals)
        case "answer": integer(Bounds.meterAnswer)
        case "storage": integer(Bounds.storage)
        case "tariff": integer(Bounds.tariff)
        case "subunit": integer(Bounds.subunit)
        case "scale", "offset", "deadband", "resolution": number
        case "rtc", "must", "isolated": boolean
        default: nil
        }
    }

    private static func span(_ key: String) -> ValueShape? {
        switch key {
        case "period": either([choice(["continuous"]), duration])
        case "response_timeout", "guard", "max_silence", "age", "seal", "timeout", "for", "debounce", "max_on": duration
        case "size": size
        default: nil
        }
    }

    private static func word(_ key: String) -> ValueShape? {
        switch key {
        case "format": choice(Bounds.formats)
        case "active": choice(["high", "low"])
        case "bias": choice(LineBias.allCases.map(\.rawValue))
        case "safe": choice(["off", "on"])
        case "write": choice(["operate"])
        case "framing": choice(["tcp", "rtu"])
        case "mode": choice(["poll", "listen"])
        case "protocol": choice(DeviceProtocol.allCases.map(\.rawValue))
        case "table": choice(RegisterTable.allCases.map(\.rawValue))
        case "type": choice(RegisterType.allCases.map(\.rawValue))
        case "word_order", "byte_order": choice(ByteOrder.allCases.map(\.rawValue))
        case "kind": choice(PointKind.allCases.map(\.rawValue))
        case "di": pattern("^([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})$")
        case "di_order": choice(IdentifierOrder.allCases.map(\.rawValue))
        case "unit_code": choice(UnitCodeField.Place.allCases.map(\.rawValue))
        case "function": choice(MeterRecord.Function.allCases.map(\.rawValue))
        case "severity": choice(AlarmSeverity.allCases.map(\.name))
        case "priority": choice(PointPriority.allCases.reversed().map(\.name))
        case "access": choice(PointAccess.allCases.map(\.rawValue))
        case "profile": choice(PayloadProfile.allCases.map(\.rawValue))
        case "ack": choice(AcknowledgementSource.allCases.map(\.rawValue))
        default: nil
        }
    }
}
