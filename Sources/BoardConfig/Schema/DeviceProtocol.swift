/// How a device speaks.
enum DeviceProtocol: String, CaseIterable {
    case modbusRTU = "modbus-rtu"
    case modbusTCP = "modbus-tcp"
    case dlt645 = "dlt645-2007"
    case cjt188
    case mbus

    /// Known, but without machinery so far.
    static let later = ["dlt645-1997"]

    var isModbus: Bool { self == .modbusRTU || self == .modbusTCP }

    static func read(_ reader: MappingReader) -> Located<DeviceProtocol>? {
        guard let name = reader.choice("protocol", allCases.map(\.rawValue), later: later) else { return nil }
        return DeviceProtocol(rawValue: name.value).map { Located($0, name.position) }
    }
}
