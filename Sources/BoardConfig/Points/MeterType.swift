/// What a point's value is in the answer of a meter.
enum MeterType: String, CaseIterable {
    case bcd
    case bcdSigned = "bcd-signed"
    case uint, bit, digits, clock, number, text

    /// Those of a protocol, the default first.
    static func of(_ proto: DeviceProtocol) -> [MeterType] {
        switch proto {
        case .modbusRTU, .modbusTCP: []
        case .dlt645: [.bcd, .bcdSigned, .uint, .bit, .digits]
        case .cjt188: [.bcd, .bcdSigned, .uint, .bit, .digits, .clock]
        case .mbus: [.number, .text]
        }
    }
}
