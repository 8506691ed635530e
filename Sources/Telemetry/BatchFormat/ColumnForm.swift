/// How the values of one column are stored. Raw values are part of the batch format.
enum ColumnForm: Hashable {
    case integer
    /// Bit patterns.
    case float32
    case float64
    case text
    /// Floats that are short decimals: value = integer / 10^places, exactly as IEEE 754 divides and rounds.
    case decimal32(places: Int)
    case decimal64(places: Int)

    static let maximumPlaces = 9

    init?(rawValue: UInt64) {
        switch rawValue {
        case 0: self = .integer
        case 1: self = .float32
        case 2: self = .float64
        case 3: self = .text
        case 16...25: self = .decimal32(places: Int(rawValue) - 16)
        case 32...41: self = .decimal64(places: Int(rawValue) - 32)
        default: return nil
        }
    }

    var rawValue: UInt64 {
        switch self {
        case .integer: 0
        case .float32: 1
        case .float64: 2
        case .text: 3
        case .decimal32(let places): 16 + UInt64(places)
        case .decimal64(let places): 32 + UInt64(places)
        }
    }

    /// 10^0 ... 10^9 as doubles: exact.
    static let powers: [Double] = (0..<maximumPlaces).reduce(into: [1]) { list, _ in
        list.append(list[list.count - 1] * 10)
    }

    /// The integer that stands for `value` at this many places; nil when it would not read back bit for bit.
    static func digits(of value: Float, places: Int) -> Int64? {
        let scaled = (Double(value) * powers[places]).rounded()
        // Seven digits hold what meters send as decimals; beyond, the bit pattern is as short.
        guard scaled.magnitude < 1e7, float32(Int64(scaled), places: places).bitPattern == value.bitPattern else {
            return nil
        }
        return Int64(scaled)
    }

    static func digits(of value: Double, places: Int) -> Int64? {
        let scaled = (value * powers[places]).rounded()
        guard scaled.magnitude < 1e12, float64(Int64(scaled), places: places).bitPattern == value.bitPattern else {
            return nil
        }
        return Int64(scaled)
    }

    static func float32(_ digits: Int64, places: Int) -> Float { Float(Double(digits) / powers[places]) }
    static func float64(_ digits: Int64, places: Int) -> Double { Double(digits) / powers[places] }
}
