package import GatewayModel

/// One point as a dictionary describes it: what is needed to read stored samples without the configuration.
///
/// What it has in common with its like is held by reference: a receiver that renders keeps the whole table.
package struct DescribedPoint: Hashable, Sendable {
    package let device: String
    package let point: String
    package internal(set) var meaning: SampleMeaning

    package init(_ point: PointDefinition) {
        let resolution = Self.usableResolution(of: point)
        self.init(
            device: point.device, point: point.id,
            meaning: SampleMeaning(
                unit: point.unit, type: point.valueType,
                scaling: resolution.map { .linear(scale: $0, offset: .zero) } ?? point.scaling, kind: point.kind,
                deadBand: point.deadBand, resolution: resolution, labels: point.labels,
                hasBigIntegers: Self.canHoldBigIntegers(
                    type: point.valueType, scaling: ExactScaling(point.scaling))))
    }

    init(device: String, point: String, meaning: SampleMeaning) {
        self.device = device
        self.point = point
        self.meaning = meaning
    }

    /// A resolution has no meaning for text and truth values.
    static func usableResolution(of point: PointDefinition) -> DecimalNumber? {
        guard let resolution = point.resolution, resolution > .zero, point.valueType.isNumber else { return nil }
        return resolution
    }

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

extension DescribedPoint {
    package var unit: String { meaning.unit }
    package var type: RegisterType { meaning.type }
    package var scaling: Scaling { meaning.scaling }
    package var kind: PointKind { meaning.kind }
    package var deadBand: DecimalNumber? { meaning.deadBand }
    package var resolution: DecimalNumber? { meaning.resolution }
    package var labels: [Int64: String] { meaning.labels }
    package var hasBigIntegers: Bool { meaning.hasBigIntegers }
    package var exact: ExactScaling { meaning.exact }
    package var storesUnsigned64: Bool { meaning.storesUnsigned64 }
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
