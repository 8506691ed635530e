internal import GatewayModel

/// What a record's value means, from its VIF and VIFEs (EN 13757-3, primary and extension tables).
struct MBusMeaning: Hashable, Sendable {
    var quantity: MBusQuantity
    /// nil: the quantity has none, or none that is known.
    var unit: MeterUnit?
    /// The number counts in 10 to this power of the unit.
    var exponent: Int
    /// Of a VIF 7C.
    var text: String?
    /// Something beside the plain value is said of it: a flow direction, a limit, a maker's own extension.
    var isQualified = false

    init(quantity: MBusQuantity, unit: MeterUnit?, exponent: Int, text: String? = nil) {
        self.quantity = quantity
        self.unit = unit
        self.exponent = exponent
        self.text = text
    }

    /// - Parameter codes: VIF and VIFEs as they came.
    init(_ codes: [UInt8], text: String?) {
        let first = (codes.first ?? 0x7F) & 0x7F
        var extensions = codes.dropFirst()
        let row: MBusRow?
        switch codes.first {
        case 0xFD: row = MBusTables.row((extensions.popFirst() ?? 0x7F) & 0x7F, in: MBusTables.extensionFD)
        case 0xFB: row = MBusTables.row((extensions.popFirst() ?? 0x7F) & 0x7F, in: MBusTables.extensionFB)
        default: row = MBusTables.row(first, in: MBusTables.primary)
        }
        self.init(
            quantity: row?.quantity ?? .unknown, unit: row?.unit.flatMap { MeterUnit($0) },
            exponent: row?.exponent ?? 0,
            text: text)
        apply(extensions.map { $0 & 0x7F })
    }

    /// Factors change the exponent; everything else makes it another value (EN 13757-3, table of combinable VIFEs).
    private mutating func apply(_ extensions: [UInt8]) {
        for code in extensions {
            switch code {
            case 0x70...0x77: exponent += Int(code & 7) - 6
            case 0x7D: exponent += 3
            default: isQualified = true
            }
        }
    }
}

/// One line of a table: codes `first...last`, the first of them counting in 10 to `exponent` of `unit`.
struct MBusRow {
    var codes: ClosedRange<UInt8>
    var quantity: MBusQuantity
    var unit: String?
    var exponent: Int
    /// By how much the exponent grows from code to code.
    var step = 1
    /// In place of powers of ten: the codes' own units.
    var units: [String] = []
}

enum MBusTables {
    /// The line of one code, narrowed to it.
    static func row(_ code: UInt8, in table: [MBusRow]) -> MBusRow? {
        guard var row = table.first(where: { $0.codes.contains(code) }) else { return nil }
        let place = Int(code - row.codes.lowerBound)
        if place < row.units.count {
            row.unit = row.units[place]
        } else {
            row.exponent += row.step * place
        }
        return row
    }

    private static let times = ["s", "min", "h", "d"]

    /// EN 13757-3, primary VIFs. Temperature differences are K, absolute ones C.
    static let primary: [MBusRow] = [
        .init(codes: 0x00...0x07, quantity: .energy, unit: "Wh", exponent: -3),
        .init(codes: 0x08...0x0F, quantity: .energy, unit: "J", exponent: 0),
        .init(codes: 0x10...0x17, quantity: .volume, unit: "m3", exponent: -6),
        .init(codes: 0x18...0x1F, quantity: .mass, unit: "kg", exponent: -3),
        .init(codes: 0x20...0x23, quantity: .onTime, exponent: 0, units: times),
        .init(codes: 0x24...0x27, quantity: .operatingTime, exponent: 0, units: times),
        .init(codes: 0x28...0x2F, quantity: .power, unit: "W", exponent: -3),
        .init(codes: 0x30...0x37, quantity: .power, unit: "J/h", exponent: 0),
        .init(codes: 0x38...0x3F, quantity: .flow, unit: "m3/h", exponent: -6),
        .init(codes: 0x40...0x47, quantity: .flow, unit: "m3/min", exponent: -7),
        .init(codes: 0x48...0x4F, quantity: .flow, unit: "m3/s", exponent: -9),
        .init(codes: 0x50...0x57, quantity: .massFlow, unit: "kg/h", exponent: -3),
        .init(codes: 0x58...0x5B, quantity: .supplyTemperature, unit: "C", exponent: -3),
        .init(codes: 0x5C...0x5F, quantity: .returnTemperature, unit: "C", exponent: -3),
        .init(codes: 0x60...0x63, quantity: .temperatureDifference, unit: "K", exponent: -3),
        .init(codes: 0x64...0x67, quantity: .externalTemperature, unit: "C", exponent: -3),
        .init(codes: 0x68...0x6B, quantity: .pressure, unit: "bar", exponent: -3),
        .init(codes: 0x6C...0x6C, quantity: .date, exponent: 0),
        .init(codes: 0x6D...0x6D, quantity: .dateTime, exponent: 0),
        .init(codes: 0x6E...0x6E, quantity: .heatCostUnits, exponent: 0),
        .init(codes: 0x70...0x73, quantity: .averagingTime, exponent: 0, units: times),
        .init(codes: 0x74...0x77, quantity: .actualityTime, exponent: 0, units: times),
        .init(codes: 0x78...0x78, quantity: .fabricationNumber, exponent: 0),
        .init(codes: 0x79...0x79, quantity: .enhancedIdentification, exponent: 0),
        .init(codes: 0x7A...0x7A, quantity: .busAddress, exponent: 0),
        .init(codes: 0x7C...0x7C, quantity: .text, exponent: 0),
        .init(codes: 0x7F...0x7F, quantity: .makersOwn, exponent: 0),
    ]

    /// EN 13757-3, after VIF FD.
    static let extensionFD: [MBusRow] = [
        .init(codes: 0x08...0x08, quantity: .accessNumber, exponent: 0),
        .init(codes: 0x09...0x09, quantity: .medium, exponent: 0),
        .init(codes: 0x0A...0x0A, quantity: .maker, exponent: 0),
        .init(codes: 0x0B...0x0B, quantity: .parameterSet, exponent: 0),
        .init(codes: 0x0C...0x0C, quantity: .modelVersion, exponent: 0),
        .init(codes: 0x0D...0x0D, quantity: .hardwareVersion, exponent: 0),
        .init(codes: 0x0E...0x0E, quantity: .firmwareVersion, exponent: 0),
        .init(codes: 0x0F...0x0F, quantity: .softwareVersion, exponent: 0),
        .init(codes: 0x10...0x10, quantity: .customerLocation, exponent: 0),
        .init(codes: 0x11...0x11, quantity: .customer, exponent: 0),
        .init(codes: 0x17...0x17, quantity: .errorFlags, exponent: 0),
        .init(codes: 0x1A...0x1A, quantity: .digitalOutput, exponent: 0),
        .init(codes: 0x1B...0x1B, quantity: .digitalInput, exponent: 0),
        .init(codes: 0x3A...0x3A, quantity: .dimensionless, exponent: 0),
        .init(codes: 0x40...0x4F, quantity: .voltage, unit: "V", exponent: -9),
        .init(codes: 0x50...0x5F, quantity: .current, unit: "A", exponent: -12),
        .init(codes: 0x60...0x60, quantity: .resetCounter, exponent: 0),
        .init(codes: 0x61...0x61, quantity: .cumulationCounter, exponent: 0),
    ]

    /// EN 13757-3, after VIF FB: large units.
    static let extensionFB: [MBusRow] = [
        .init(codes: 0x00...0x01, quantity: .energy, unit: "MWh", exponent: -1),
        .init(codes: 0x08...0x09, quantity: .energy, unit: "GJ", exponent: -1),
        .init(codes: 0x10...0x11, quantity: .volume, unit: "m3", exponent: 2),
        .init(codes: 0x18...0x19, quantity: .mass, unit: "t", exponent: 2),
        .init(codes: 0x28...0x29, quantity: .power, unit: "MW", exponent: -1),
        .init(codes: 0x30...0x31, quantity: .power, unit: "GJ/h", exponent: -1),
    ]
}
