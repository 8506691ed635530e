internal import GatewayModel

/// One value of a telegram, and what it means (EN 13757-3, 6.3 and 7).
struct MBusRecord: Hashable, Sendable {
    enum Function: UInt8, Hashable, Sendable {
        case instantaneous, maximum, minimum
        /// The value as it was when an error began: no reading.
        case error
    }

    enum Value: Hashable, Sendable {
        case integer(Int64)
        case float32(Float)
        case text(String)
        case moment(MBusMoment)
        /// More than 64 bits, or a form that is not known.
        case bytes([UInt8])
        /// The meter has none: a digit above 9.
        case none
    }

    /// DIF and DIFEs, then VIF and VIFEs as they came; empty in the fixed data structure.
    var dataInformation: [UInt8]
    var valueInformation: [UInt8]
    var function: Function
    var storage: UInt64
    var tariff: UInt32
    var subunit: UInt16
    var meaning: MBusMeaning
    var value: Value
    /// The value's own bytes.
    var raw: [UInt8]

    /// The value in its unit, exact: 37351 with VIF 06 is 37351 kWh. nil: it has none, or it is no number, or it is of
    /// a time when something was wrong.
    var number: DecimalNumber? { function == .error ? nil : anyNumber }

    /// The same, whatever the function says.
    var anyNumber: DecimalNumber? {
        let plain: DecimalNumber?
        switch value {
        case .integer(let integer): plain = DecimalNumber(integer)
        case .float32(let float): plain = DecimalNumber(shortest: float)
        default: plain = nil
        }
        return plain?.multiplied(by: DecimalNumber(significand: 1, exponent: meaning.exponent))
    }

    /// 0F and 1F: what follows is the maker's own.
    var isMakersOwn: Bool { dataInformation.first.map { $0 == 0x0F || $0 == 0x1F } ?? false }
}

extension MBusRecord {
    /// A counter of the fixed data structure.
    init(fixed counter: [UInt8], unitCode: UInt8, isBinary: Bool) {
        let code = UnitCode(unitCode)
        let binary = counter.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let number =
            isBinary ? Int64(Int32(bitPattern: binary)) : BinaryCodedDecimal.number(lowByteFirst: counter)
        self.init(
            dataInformation: [], valueInformation: [unitCode], function: .instantaneous, storage: 0, tariff: 0,
            subunit: 0,
            meaning: MBusMeaning(
                quantity: code?.unit.kind.quantity ?? .unknown, unit: code?.unit, exponent: code?.power ?? 0),
            value: number.map { .integer($0) } ?? .none, raw: counter)
    }
}

/// A date, or a date and time, as types F and G have them (EN 13757-3, annex A). Not checked to be in the calendar: meters
/// send 0 for "never".
struct MBusMoment: Hashable, Sendable, CustomStringConvertible {
    var year: Int
    var month: Int
    var day: Int
    /// nil: a date alone.
    var hour: Int?
    var minute: Int?
    /// The meter says that its clock is wrong.
    var isInvalid = false

    /// Two bytes are type G, four are type F; nil: neither.
    init?(lowByteFirst bytes: [UInt8]) {
        guard bytes.count == 2 || bytes.count == 4 else { return nil }
        let date = Array(bytes.suffix(2))
        let short = Int(date[0] >> 5) | Int(date[1] >> 4) << 3
        // Two digits: 81 to 99 are of the last century (EN 13757-3, annex A, type F without a hundred-year field).
        year = short + (short > 80 && short <= 99 ? 1900 : 2000)
        month = Int(date[1] & 15)
        day = Int(date[0] & 31)
        guard bytes.count == 4 else { return }
        minute = Int(bytes[0] & 63)
        hour = Int(bytes[1] & 31)
        isInvalid = bytes[0] & 0x80 != 0
    }

    /// `2011-01-05T15:26`, `2010-12-31`
    var description: String {
        let date = "\(year)-\(Self.two(month))-\(Self.two(day))"
        guard let hour, let minute else { return date }
        return "\(date)T\(Self.two(hour)):\(Self.two(minute))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
