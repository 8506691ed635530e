/// The four Modbus address spaces.
enum Table: String, CaseIterable, Sendable {
    case coil, discrete, holding, input

    /// nil for functions that read nothing.
    init?(function: UInt8) {
        switch function {
        case 1: self = .coil
        case 2: self = .discrete
        case 3: self = .holding
        case 4: self = .input
        default: return nil
        }
    }

    var holdsBits: Bool { self == .coil || self == .discrete }
}

/// One value in a slave's tables: which signal it shows, and in which registers.
struct PointDefinition: Sendable {
    var device: String
    var name: String
    var table: Table
    /// Zero-based, as on the wire.
    var address: Int
    var form: NumberForm
    var lowWordFirst: Bool
    /// The one bit of the register that the value is; nil: the whole.
    var bit: Int?
    /// From raw to engineering value; a 4-20 mA map is such a line too.
    var line: StraightLine
    var signal: Int
    /// Not in the truth log: unit codes and the like, which no point of the board config shows.
    var hidden: Bool

    /// Registers, or bits in the bit tables.
    var count: Int { table.holdsBits ? 1 : form.registers }
    var addresses: Range<Int> { address..<address + count }
    var isBit: Bool { table.holdsBits || bit != nil }
}

/// Engineering value = raw x scale + offset.
struct StraightLine: Sendable {
    let scale: ExactDecimal
    let offset: ExactDecimal
    private let slope: Double
    private let start: Double

    init(scale: ExactDecimal, offset: ExactDecimal) {
        self.scale = scale
        self.offset = offset
        slope = scale.double
        start = offset.double
    }

    /// What the raw value should be for an engineering value, before it is made to fit a register.
    func raw(for value: Double) -> Double { (value - start) / slope }

    /// nil beyond 38 digits.
    func value(of raw: ExactDecimal) -> ExactDecimal? { raw.times(scale)?.plus(offset) }
}
