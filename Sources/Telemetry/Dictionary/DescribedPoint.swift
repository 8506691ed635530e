package import GatewayModel

/// One point as a dictionary describes it: what is needed to read stored samples without the configuration.
package struct DescribedPoint: Hashable, Sendable {
    package var device: String
    package var point: String
    /// Empty when the value has no unit.
    package var unit: String
    package var type: RegisterType
    /// From the stored sample to the value; with a resolution, `scale = resolution` and no offset.
    package let scaling: Scaling
    package var kind: PointKind
    /// Engineering units; nil: every reading is sent.
    package var deadBand: DecimalNumber?
    /// Above zero; then stored samples are signed integers, multiples of it. nil: nothing is rounded.
    package let resolution: DecimalNumber?
    /// Names of raw values of a `state` point.
    package var labels: [Int64: String]
    /// Values beyond +-(2^53-1) can occur and are written as strings in JSON.
    package let hasBigIntegers: Bool
    /// `scaling`, prepared.
    package let exact: ExactScaling

    package init(_ point: PointDefinition) {
        let resolution = Self.usableResolution(of: point)
        self.init(
            device: point.device, point: point.id, unit: point.unit, type: point.source.type,
            scaling: resolution.map { .linear(scale: $0, offset: .zero) } ?? point.scaling, kind: point.kind,
            deadBand: point.deadBand, resolution: resolution, labels: point.labels,
            hasBigIntegers: Self.canHoldBigIntegers(type: point.source.type, scaling: ExactScaling(point.scaling)))
    }

    init(
        device: String, point: String, unit: String, type: RegisterType, scaling: Scaling, kind: PointKind,
        deadBand: DecimalNumber?, resolution: DecimalNumber?, labels: [Int64: String], hasBigIntegers: Bool
    ) {
        self.device = device
        self.point = point
        self.unit = unit
        self.type = type
        self.scaling = scaling
        self.kind = kind
        self.deadBand = deadBand
        self.resolution = resolution
        self.labels = labels
        self.exact = ExactScaling(scaling)
        self.hasBigIntegers = hasBigIntegers
    }

    /// A resolution has no meaning for text and truth values.
    static func usableResolution(of point: PointDefinition) -> DecimalNumber? {
        guard let resolution = point.resolution, resolution > .zero, point.source.type.isNumber else { return nil }
        return resolution
    }

    /// Integers are the bit pattern of an unsigned 64-bit number.
    package var storesUnsigned64: Bool { type == .uint64 && resolution == nil }

    /// Values are `true` and `false`.
    package var isTruthValue: Bool { (type == .bool || type == .bit) && exact.isIdentity }

    /// The exact value of a stored sample; nil when there is no finite number (text has none either).
    package func value(of sample: Sample) -> DecimalNumber? {
        sample.decimal(unsigned64: storesUnsigned64).flatMap(exact.value(of:))
    }

    /// 2^53 - 1: the largest integer that every JSON reader keeps.
    package static let largestSafeInteger = DecimalNumber((1 << 53) - 1)

    private static func canHoldBigIntegers(type: RegisterType, scaling: ExactScaling) -> Bool {
        guard let range = type.integerRange else { return false }
        return [range.lowerBound, range.upperBound].contains { raw in
            guard let value = scaling.value(of: DecimalNumber(significand: raw, exponent: 0)) else { return true }
            return value.magnitude > largestSafeInteger
        }
    }
}

extension RegisterType {
    /// All but truth values and text.
    var isNumber: Bool { self != .bool && self != .bit && self != .string }

    /// The raw values of an integer type; nil for floats, truth values and text.
    var integerRange: ClosedRange<Int128>? {
        switch self {
        case .int16: -(1 << 15)...((1 << 15) - 1)
        case .uint16: 0...((1 << 16) - 1)
        case .int32: -(1 << 31)...((1 << 31) - 1)
        case .uint32: 0...((1 << 32) - 1)
        case .int64: -(1 << 63)...((1 << 63) - 1)
        case .uint64: 0...((1 << 64) - 1)
        case .bcd16: 0...9_999
        case .bcd32: 0...99_999_999
        case .bool, .bit, .float32, .float64, .string: nil
        }
    }
}
