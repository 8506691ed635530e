/// The four Modbus address spaces (MODBUS Application Protocol V1.1b3, 4.3).
package enum RegisterTable: String, CaseIterable, Sendable {
    case holding, input, coil, discrete

    /// The function code that reads it: 3, 4, 1, 2 (V1.1b3, 6.1 to 6.4).
    package var readFunction: UInt8 {
        switch self {
        case .coil: 1
        case .discrete: 2
        case .holding: 3
        case .input: 4
        }
    }

    package var holdsBits: Bool { self == .coil || self == .discrete }
}

package enum RegisterType: String, CaseIterable, Sendable {
    case bool, bit, int16, uint16, int32, uint32, int64, uint64, float32, float64, bcd16, bcd32, string

    /// 16-bit registers that one value takes; nil for `string`, whose `length` says. Bits of coil tables take 1 bit.
    package var registers: Int? {
        switch self {
        case .bool, .bit, .int16, .uint16, .bcd16: 1
        case .int32, .uint32, .float32, .bcd32: 2
        case .int64, .uint64, .float64: 4
        case .string: nil
        }
    }
}

package enum ByteOrder: String, CaseIterable, Sendable {
    /// Most significant first.
    case big
    case little
}

/// Where a point's value lies in its device.
package struct RegisterSource: Hashable, Sendable {
    package var table: RegisterTable
    /// Zero-based, as on the wire, 0...65535.
    package var address: UInt16
    package var type: RegisterType
    /// 0 (least significant) to 15; only with `type: bit`.
    package var bit: UInt8
    /// Registers (bits in coil and discrete tables) that the value spans, 1...125.
    package var count: Int
    /// Order of the words of a 32 or 64 bit value.
    package var wordOrder: ByteOrder
    /// Order of the bytes inside each word.
    package var byteOrder: ByteOrder

    package init(
        table: RegisterTable, address: UInt16, type: RegisterType, bit: UInt8 = 0, count: Int,
        wordOrder: ByteOrder = .big, byteOrder: ByteOrder = .big
    ) {
        self.table = table
        self.address = address
        self.type = type
        self.bit = bit
        self.count = count
        self.wordOrder = wordOrder
        self.byteOrder = byteOrder
    }
}

/// Where a point's value comes from.
///
/// What most points do not have lies elsewhere in memory: there are thousands of registers and few meters.
package enum PointSource: Hashable, Sendable {
    case register(RegisterSource)
    /// A register, and others that say its unit or decimal point.
    indirect case adjusted(RegisterSource, RegisterAdjustment)
    indirect case meter(MeterSource)
    /// No device's: a wire of the board, or a vital of it.
    case board(BoardSource)

    /// What its raw values are.
    package var type: RegisterType {
        switch self {
        case .register(let source), .adjusted(let source, _): source.type
        case .meter(let source): source.field.type
        case .board(let source): source.type
        }
    }

    /// nil: not a register.
    package var register: RegisterSource? {
        switch self {
        case .register(let source), .adjusted(let source, _): source
        case .meter, .board: nil
        }
    }
}

/// Registers in which a device keeps unit and decimal point of a value: read with it, by the same request.
package struct RegisterAdjustment: Hashable, Sendable {
    /// The value counts in 10 to this power.
    package var exponent: RegisterSource?
    /// So many digits of it stand after the point: the same, the other way round.
    package var decimals: RegisterSource?
    /// The code of its unit, and by how much a number in that unit is multiplied to be one in the point's.
    package var unit: RegisterSource?
    package var factors: [Int64: DecimalNumber]
    /// The point's scale: published are whole multiples of it.
    package var step: DecimalNumber

    package init(
        exponent: RegisterSource? = nil, decimals: RegisterSource? = nil, unit: RegisterSource? = nil,
        factors: [Int64: DecimalNumber] = [:], step: DecimalNumber
    ) {
        self.exponent = exponent
        self.decimals = decimals
        self.unit = unit
        self.factors = factors
        self.step = step
    }

    package var registers: [RegisterSource] { [exponent, decimals, unit].compactMap { $0 } }
}

/// From the raw value to the engineering value.
package enum Scaling: Hashable, Sendable {
    /// value = raw x scale + offset
    case linear(scale: DecimalNumber, offset: DecimalNumber)
    /// The straight line through (rawLow, low) and (rawHigh, high): a 4-20 mA loop.
    case map(rawLow: DecimalNumber, rawHigh: DecimalNumber, low: DecimalNumber, high: DecimalNumber)

    package static let identity = Scaling.linear(scale: .one, offset: .zero)
}

package enum PointKind: String, CaseIterable, Sendable {
    case gauge, counter, state
}

/// What is stretched first when a bus is overloaded: slow, then normal, never alarm.
package enum PointPriority: Int, CaseIterable, Comparable, Sendable {
    case slow = 0
    case normal = 1
    case alarm = 2

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
    package var name: String { ["slow", "normal", "alarm"][rawValue] }
}

package enum SamplingPeriod: Hashable, Sendable {
    /// On multiples of it since the epoch (UTC), 100 ms ... 1 day.
    case every(Nanoseconds)
    /// As fast as the line allows, when nothing else is due.
    case continuous
}

/// One measured value of one device, as the checked configuration describes it.
///
/// Its traits are held by reference: a station has thousands of points and dozens of different traits.
package struct PointDefinition: Hashable, Sendable {
    package var index: PointIndex
    package var device: String
    package var id: String
    package var source: PointSource
    /// Changed by being replaced: others that share it keep theirs.
    package internal(set) var shared: SharedTraits

    /// All that the point has in common with its like.
    package var traits: PointTraits {
        get { shared.traits }
        set { shared = SharedTraits(newValue) }
    }

    package init(
        index: PointIndex, device: String, id: String, unit: String = "", source: PointSource,
        scaling: Scaling = .identity, validRaw: ClosedRange<DecimalNumber>? = nil,
        validValue: ClosedRange<DecimalNumber>? = nil, noValue: [DecimalNumber] = [], labels: [Int64: String] = [:],
        kind: PointKind = .gauge, period: SamplingPeriod = .every(.seconds(10)), priority: PointPriority = .normal,
        deadBand: DecimalNumber? = nil, maxSilence: Nanoseconds = .seconds(300), resolution: DecimalNumber? = nil
    ) {
        self.index = index
        self.device = device
        self.id = id
        self.source = source
        shared = SharedTraits(
            PointTraits(
                unit: unit, scaling: scaling, validRaw: validRaw, validValue: validValue, noValue: noValue,
                labels: labels, kind: kind, period: period, priority: priority, deadBand: deadBand,
                maxSilence: maxSilence, resolution: resolution))
    }
}

extension PointDefinition {
    package var unit: String { shared.traits.unit }
    package var scaling: Scaling { shared.traits.scaling }
    package var validRaw: ClosedRange<DecimalNumber>? { shared.traits.validRaw }
    package var validValue: ClosedRange<DecimalNumber>? { shared.traits.validValue }
    package var noValue: [DecimalNumber] { shared.traits.noValue }
    package var labels: [Int64: String] { shared.traits.labels }
    package var kind: PointKind { shared.traits.kind }
    package var period: SamplingPeriod { shared.traits.period }
    package var priority: PointPriority { shared.traits.priority }
    package var deadBand: DecimalNumber? { shared.traits.deadBand }
    package var maxSilence: Nanoseconds { shared.traits.maxSilence }
    package var resolution: DecimalNumber? { shared.traits.resolution }

    /// nil: continuous. A period below 1 ms counts as 1 ms.
    package var fixedPeriod: Nanoseconds? {
        switch period {
        case .every(let period): max(period, .milliseconds(1))
        case .continuous: nil
        }
    }

    /// What of its value other registers say; nil: nothing.
    package var adjustment: RegisterAdjustment? {
        if case .adjusted(_, let adjustment) = source { adjustment } else { nil }
    }

    /// What its samples are: the source's type; whole numbers whose unit a register says are counted in steps of 64 bits.
    package var valueType: RegisterType {
        switch source.type {
        case .float32, .float64, .string, .bool, .bit: source.type
        default: adjustment == nil ? source.type : .int64
        }
    }
}

extension PointSource {
    /// A register, in the words of ``RegisterSource``.
    package static func register(
        table: RegisterTable, address: UInt16, type: RegisterType, bit: UInt8 = 0, count: Int,
        wordOrder: ByteOrder = .big, byteOrder: ByteOrder = .big
    ) -> PointSource {
        .register(
            RegisterSource(
                table: table, address: address, type: type, bit: bit, count: count, wordOrder: wordOrder,
                byteOrder: byteOrder))
    }
}
