/// By what a device is called on its bus, and in which protocol.
package enum DeviceAddress: Hashable, Sendable {
    /// Unit id, 1...247 (0...255 over TCP).
    case modbus(unit: UInt8)
    /// 12 digits.
    case dlt645(MeterNumber)
    /// The meter's type (10H water, 20H heat, ...) and 14 digits. `order`: nil is tried.
    case cjt188(type: UInt8, MeterNumber, order: IdentifierOrder?)
    /// 0...250.
    case mbusPrimary(UInt8)
    case mbusSecondary(MBusSecondaryAddress)

    package var isModbus: Bool {
        if case .modbus = self { true } else { false }
    }

    /// As a person writes it: `12`, `112233445566`.
    package var text: String {
        switch self {
        case .modbus(let unit): "\(unit)"
        case .dlt645(let number): number.description
        case .cjt188(_, let number, _): number.description
        case .mbusPrimary(let address): "\(address)"
        case .mbusSecondary(let address): address.description
        }
    }
}

/// In which order the two bytes of a CJ/T 188 data identifier travel. The edition of 2004 has the high byte first, that of
/// 2018 the low one; meters sold as 2004 do either, and the sum over a frame is the same for both.
package enum IdentifierOrder: String, CaseIterable, Hashable, Sendable {
    case highFirst = "high-first"
    case lowFirst = "low-first"
}
