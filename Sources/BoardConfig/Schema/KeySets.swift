/// Every key of the config, by its place.
extension KeySet {
    static let root = KeySet(
        place: "the config",
        keys: [
            "schema", "gateway", "board", "buses", "devices", "inputs", "outputs", "vitals", "alarms", "store",
            "uplinks",
        ],
        later: ["shell"])
    static let alarm = KeySet(
        place: "an alarm", keys: ["id", "when", "for", "clear", "severity", "suppressed_by"])
    static let gateway = KeySet(place: "gateway", keys: ["id", "name", "timezone"])
    static let board = KeySet(
        place: "a board", keys: ["name", "source", "note", "ports", "lines", "leds", "watchdog", "power_fail", "rtc"])
    static let port = KeySet(place: "a port", keys: ["path", "rs485", "isolated", "note"])
    static let line = KeySet(place: "a line", keys: ["chip", "line", "name", "active", "bias", "note"])
    static let input = KeySet(
        place: "an input",
        keys: [
            "id", "line", "active", "bias", "debounce", "kind", "scale", "unit", "values", "period",
        ])
    static let output = KeySet(
        place: "an output", keys: ["id", "line", "active", "safe", "write", "max_on", "values", "period"])
    static let vitals = KeySet(place: "vitals", keys: ["period", "points"])
    static let watchdog = KeySet(place: "watchdog", keys: ["path", "timeout"])
    static let bus = KeySet(
        place: "a bus", keys: ["id", "port", "baud", "format", "tcp", "framing", "response_timeout", "mode"])
    static let device = KeySet(
        place: "a device",
        keys: [
            "id", "bus", "address", "protocol", "template", "period", "points", "max_registers", "baud", "format",
            "guard", "byte_order", "word_order", "retries", "response_timeout", "unit", "meter_type", "di_order",
        ])
    private static let pointKeys = [
        "id", "from", "table", "address", "type", "bit", "length", "scale", "offset", "map", "valid", "no_value",
        "values", "unit", "period", "priority", "deadband", "max_silence", "kind", "access", "word_order",
        "byte_order", "resolution", "di", "at", "bytes", "unit_code", "decimals", "answer", "record", "storage",
        "tariff", "subunit", "function",
    ]
    static let point = KeySet(place: "a point", keys: pointKeys)
    static let templatePoint = KeySet(
        place: "a template's point",
        keys: pointKeys.filter { $0 != "from" } + [
            "default", "doubtful", "unit_from", "exponent_from", "decimals_from", "note",
        ])
    static let map = KeySet(place: "map", keys: ["raw", "to"])
    static let valid = KeySet(place: "valid", keys: ["raw", "value"])
    static let template = KeySet(
        place: "a template",
        keys: [
            "name", "vendor", "category", "protocol", "source", "verification", "serial", "limits", "turnaround",
            "points", "notes", "identity", "meter_type", "di_order",
        ])
    static let serial = KeySet(place: "serial", keys: ["baud", "format", "address", "note"])
    static let limits = KeySet(place: "limits", keys: ["max_registers", "max_bits", "guard", "refused"])
    static let turnaround = KeySet(place: "turnaround", keys: ["typical", "max"])
    static let store = KeySet(place: "store", keys: ["size", "age", "seal"])
    static let uplink = KeySet(
        place: "an uplink", keys: ["id", "profile", "must", "ack", "points", "backlog_share", "mqtt"])
    static let mqtt = KeySet(
        place: "mqtt", keys: ["host", "port", "version", "prefix", "client_id", "username", "password_file", "tls"],
        secrets: ["password": "password_file", "passwd": "password_file", "secret": "password_file"])
    static let tls = KeySet(
        place: "tls", keys: ["ca", "cert", "key"], secrets: ["key_password": "key", "password": "key"])
}
