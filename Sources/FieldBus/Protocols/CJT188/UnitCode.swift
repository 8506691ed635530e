internal import GatewayModel

/// The one-byte unit codes of CJ/T 188 (annex on units) and of M-Bus's fixed data structure (EN 1434-3, table of
/// physical units), which agree where both have one.
struct UnitCode: Hashable, Sendable {
    let unit: MeterUnit
    /// The number counts in 10 to this power of the unit, 0...2.
    let power: Int

    /// nil: not a code of the table.
    init?(_ code: UInt8) {
        guard let row = Self.rows.last(where: { $0.code <= code && code < $0.code + $0.steps }),
            let unit = MeterUnit(row.symbol)
        else { return nil }
        self.unit = unit
        power = Int(code - row.code)
    }

    /// Each unit is followed by ten and a hundred of it.
    private static let rows: [(code: UInt8, steps: UInt8, symbol: String)] = [
        (0x01, 1, "J"), (0x02, 3, "Wh"), (0x05, 3, "kWh"), (0x08, 3, "MWh"),
        (0x0B, 3, "kJ"), (0x0E, 3, "MJ"), (0x11, 3, "GJ"),
        (0x14, 3, "W"), (0x17, 3, "kW"), (0x1A, 3, "MW"),
        (0x26, 3, "mL"), (0x29, 3, "L"), (0x2C, 3, "m3"),
        (0x2F, 3, "mL/h"), (0x32, 3, "L/h"), (0x35, 3, "m3/h"),
        (0x40, 3, "J/h"), (0x43, 3, "kJ/h"), (0x46, 3, "MJ/h"), (0x49, 3, "GJ/h"),
    ]
}
