package import GatewayModel

/// What a key is worth when it is not given. The table of `BoardConfigs/README.md` says the same; a test compares them.
package enum Defaults {
    package static let timezone = "Asia/Shanghai"
    package static let board = "generic"
    package static let watchdogTimeout: Nanoseconds = .seconds(60)
    package static let baud = 9600
    package static let format = "8N1"
    package static let framing = "tcp"
    package static let tcpPort: UInt16 = 502
    package static let responseTimeout: Nanoseconds = .milliseconds(500)
    package static let meterResponseTimeout: Nanoseconds = .seconds(1)
    package static let maxRegisters = 125
    package static let maxBits = 2000
    package static let guardTime: Nanoseconds = 0
    package static let retries = 0
    package static let typicalTurnaround: Nanoseconds = .milliseconds(20)
    package static let order = ByteOrder.big
    package static let scale = DecimalNumber.one
    package static let offset = DecimalNumber.zero
    package static let kind = PointKind.gauge
    package static let period: Nanoseconds = .seconds(10)
    package static let priority = PointPriority.normal
    package static let maxSilence: Nanoseconds = .seconds(300)
    package static let access = PointAccess.readable
    package static let debounce: Nanoseconds = 0
    package static let inputLabels: [Int64: String] = [0: "inactive", 1: "active"]
    package static let outputLabels: [Int64: String] = [0: "off", 1: "on"]
    package static let vitalsPeriod: Nanoseconds = .seconds(60)
    package static let storeSize: Int64 = 256 << 20
    package static let storeAge: Nanoseconds = .seconds(90 * 86_400)
    package static let storeSeal: Nanoseconds = .seconds(10)
    package static let alarmSeverity = AlarmSeverity.warning
    package static let alarmDelay: Nanoseconds = 0
    package static let must = true
    package static let acknowledgement = AcknowledgementSource.broker
    /// Percent.
    package static let backlogShare = 50
    package static let mqttVersion = MQTTVersion.v5
    package static let mqttPort: UInt16 = 1883
    package static let mqttTLSPort: UInt16 = 8883
    package static let prefix = "dg/1"

    /// Key and default of every optional key, as the table shows them.
    package static let rows: [(key: String, value: String)] = [
        ("gateway.name", "empty"),
        ("gateway.timezone", timezone),
        ("board", board),
        ("board.rtc", "false"),
        ("board.watchdog.timeout", DurationText.format(watchdogTimeout)),
        ("buses.baud", "\(baud)"),
        ("buses.format", format),
        ("buses.framing", framing),
        ("buses.tcp (port)", "\(tcpPort)"),
        ("buses.response_timeout", DurationText.format(responseTimeout)),
        ("buses.mode", "poll"),
        ("devices", "none"),
        ("devices.template", "none"),
        ("devices.protocol", "the template's, else that of the bus"),
        ("devices.unit", "address"),
        ("devices.max_registers", "the template's, else \(maxRegisters)"),
        ("devices.baud", "the bus's"),
        ("devices.format", "the bus's"),
        (
            "devices.response_timeout",
            "the bus's; of meters without registers at least \(DurationText.format(meterResponseTimeout))"
        ),
        ("devices.guard", "the template's, else \(DurationText.format(guardTime))"),
        ("devices.retries", "\(retries)"),
        ("devices.period", "each point's"),
        ("devices.byte_order", "each point's"),
        ("devices.word_order", "each point's"),
        ("devices.meter_type", "the template's"),
        ("devices.di_order", "the template's, else tried"),
        ("devices.points", "the template's `default: true` points, else all readable ones"),
        ("points.type", "bool in coil and discrete tables"),
        ("points.scale", scale.description),
        ("points.offset", offset.description),
        ("points.map", "none"),
        ("points.valid", "no limit"),
        ("points.no_value", "none"),
        ("points.values", "none"),
        ("points.unit", "empty"),
        ("points.period", DurationText.format(period)),
        ("points.priority", priority.name),
        ("points.deadband", "none: every reading is sent"),
        ("points.max_silence", DurationText.format(maxSilence)),
        ("points.kind", kind.rawValue),
        ("points.access", access.rawValue),
        ("points.byte_order", order.rawValue),
        ("points.word_order", order.rawValue),
        ("points.resolution", "none: nothing is rounded"),
        ("points.at", "0"),
        ("points.type of a meter's point", "bcd; of M-Bus number, of a date text"),
        ("points.bytes", "1 with type: bit, 7 with type: clock"),
        ("points.unit_code", "none"),
        ("points.answer", "any length"),
        ("points.storage, tariff, subunit", "0"),
        ("points.function", "value"),
        ("inputs", "none"),
        ("inputs.active", "the line's in the board file, else high"),
        ("inputs.bias", "the line's in the board file, else as the board has it"),
        ("inputs.debounce", DurationText.format(debounce)),
        ("inputs.kind", "state"),
        ("inputs.scale", scale.description),
        ("inputs.unit", "empty"),
        ("inputs.values", "0 inactive, 1 active"),
        ("inputs.period", DurationText.format(period)),
        ("outputs", "none"),
        ("outputs.active", "the line's in the board file, else high"),
        ("outputs.safe", "off"),
        ("outputs.write", "none: it keeps its safe state"),
        ("outputs.max_on", "none: it stays on"),
        ("outputs.values", "0 off, 1 on"),
        ("outputs.period", DurationText.format(period)),
        ("vitals", "none"),
        ("vitals.period", DurationText.format(vitalsPeriod)),
        ("vitals.points", "all"),
        ("alarms", "none but comm:DEVICE of every device"),
        ("alarms.for", "\(DurationText.format(alarmDelay)); of comm: \(DurationText.format(AlarmRule.silenceDelay))"),
        ("alarms.clear", "what is not when"),
        ("alarms.severity", "\(alarmSeverity.name); of comm: \(AlarmRule.silenceSeverity.name)"),
        ("alarms.suppressed_by", "none"),
        ("store.size", SizeText.format(storeSize)),
        ("store.age", DurationText.format(storeAge)),
        ("store.seal", DurationText.format(storeSeal)),
        ("uplinks.must", "\(must)"),
        ("uplinks.ack", acknowledgement.rawValue),
        ("uplinks.points", "all"),
        ("uplinks.backlog_share", "\(backlogShare) (percent)"),
        ("uplinks.mqtt.port", "\(mqttTLSPort) with tls, \(mqttPort) without"),
        ("uplinks.mqtt.version", mqttVersion.rawValue),
        ("uplinks.mqtt.prefix", prefix),
        ("uplinks.mqtt.client_id", "the gateway's id"),
        ("uplinks.mqtt.username", "none"),
        ("uplinks.mqtt.password_file", "none"),
        ("uplinks.mqtt.tls", "none: plain TCP, with a warning"),
        ("uplinks.mqtt.tls.cert", "none"),
        ("uplinks.mqtt.tls.key", "none"),
    ]
}
