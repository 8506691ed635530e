internal import GatewayModel

/// Questions that a search which goes on later still has to ask, as text.
extension ScanTarget {
    var text: String {
        switch self {
        case .modbus(let unit): "modbus:\(unit)"
        case .registers(let unit, let table, let address, let count):
            ScanFinding.Identity.registers(unit: unit, table: table, address: address, count: count).text
        case .dlt645(let number): "dlt645:\(number)"
        case .cjt188(let order, let data): "cjt188:\(order.rawValue):\(data ? 1 : 0)"
        case .mbus(let address): "m-bus:\(address)"
        case .mbusSelect(let number): "select:\(number)"
        case .mbusRead(let number): "read:\(number)"
        }
    }

    /// nil: no such text.
    init?(text: String) {
        let parts = text.split(separator: ":").map(String.init)
        guard parts.count >= 2 else { return nil }
        switch parts[0] {
        case "modbus": guard let unit = UInt8(parts[1]) else { return nil }; self = .modbus(unit: unit)
        case "m-bus": guard let address = UInt8(parts[1]) else { return nil }; self = .mbus(address: address)
        case "dlt645":
            guard let number = MeterNumber(parts[1], digits: 12) else { return nil }
            self = .dlt645(number)
        case "select", "read":
            guard let number = MeterNumber(parts[1], digits: 8) else { return nil }
            self = parts[0] == "read" ? .mbusRead(number) : .mbusSelect(number)
        case "cjt188":
            guard let order = IdentifierOrder(rawValue: parts[1]) else { return nil }
            self = .cjt188(order, data: parts.last == "1")
        default: return nil
        }
    }
}
