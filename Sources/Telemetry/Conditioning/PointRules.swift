internal import GatewayModel

/// What conditioning has to know of one point, worked out once: most points are integers with a straight scale, and
/// need no decimal arithmetic per reading. Held by reference: they take over 500 bytes, and of 2,000 points only some
/// dozens differ.
final class PointRules: Sendable {
    private let kind: SampleKind
    private let unsigned64: Bool
    private let exact: ExactScaling
    private let integerMarkers: [Int64]
    private let floatMarkers: [Double]
    private let validRaw: ClosedRange<DecimalNumber>?
    private let validValue: ClosedRange<DecimalNumber>?
    /// `validRaw` and `validValue` as raw integers; nil: compare decimals.
    private let integerLimits: (raw: ClosedRange<Int64>, value: ClosedRange<Int64>)?
    private let resolution: DecimalNumber?
    private let rounding: IntegerRounding?
    let deadBand: DeadBand
    let maxSilence: Nanoseconds

    init(_ point: PointDefinition) {
        let type = point.valueType
        kind = SampleKind(type)
        unsigned64 = type == .uint64
        let exact = ExactScaling(point.scaling)
        self.exact = exact
        integerMarkers = type.integerMarkers(point.noValue)
        floatMarkers = point.noValue.map(\.double)
        validRaw = point.validRaw
        validValue = point.validValue
        let isPlainInteger = kind == .integer && !unsigned64
        integerLimits = isPlainInteger ? Self.limits(raw: point.validRaw, value: point.validValue, exact) : nil
        let resolution = DescribedPoint.usableResolution(of: point)
        self.resolution = resolution
        rounding = isPlainInteger ? resolution.flatMap { IntegerRounding(exact, resolution: $0) } : nil
        deadBand = DeadBand(point, resolution: resolution)
        // Readings come a little early or late: half a period of grace keeps the pace at whole periods.
        let period: Nanoseconds = if case .every(let period) = point.period { period } else { 0 }
        maxSilence = max(0, point.maxSilence - min(period / 2, point.maxSilence / 2))
    }

    /// Quality and stored sample of what was read.
    func apply(_ reading: Reading) -> (quality: Quality, sample: Sample?) {
        guard reading.quality.carriesValue else { return (reading.quality, nil) }
        guard let sample = reading.sample, SampleKind(sample) == kind else { return (.noValue, nil) }
        switch sample {
        case .text: return (reading.quality, sample)
        case .integer(let raw):
            if integerMarkers.contains(raw) { return (.noValue, nil) }
            if let limits = integerLimits {
                guard limits.raw.contains(raw) else { return (.sensorBroken, nil) }
                guard limits.value.contains(raw) else { return (.outOfRange, nil) }
                guard resolution != nil else { return (reading.quality, sample) }
                if let multiple = rounding?.multiple(of: raw) { return (reading.quality, .integer(multiple)) }
            }
        case .float32(let raw):
            guard raw.isFinite else { return (.noValue, nil) }
            if floatMarkers.contains(where: { Float($0) == raw }) { return (.noValue, nil) }
        case .float64(let raw):
            guard raw.isFinite else { return (.noValue, nil) }
            if floatMarkers.contains(raw) { return (.noValue, nil) }
        }
        if validRaw == nil, validValue == nil, resolution == nil { return (reading.quality, sample) }
        return exactly(sample, reading.quality)
    }

    /// The long way, in decimals.
    private func exactly(_ sample: Sample, _ quality: Quality) -> (quality: Quality, sample: Sample?) {
        guard let raw = sample.decimal(unsigned64: unsigned64) else { return (.noValue, nil) }
        if let validRaw, !validRaw.contains(raw) { return (.sensorBroken, nil) }
        guard let value = exact.value(of: raw) else { return (.noValue, nil) }
        if let validValue, !validValue.contains(value) { return (.outOfRange, nil) }
        guard let resolution else { return (quality, sample) }
        guard let multiple = value.rounded(toMultiplesOf: resolution) else { return (.outOfRange, nil) }
        return (quality, .integer(multiple))
    }

    /// Both limits as raw integers; nil when the line cannot be turned round exactly.
    private static func limits(
        raw: ClosedRange<DecimalNumber>?, value: ClosedRange<DecimalNumber>?, _ exact: ExactScaling
    ) -> (raw: ClosedRange<Int64>, value: ClosedRange<Int64>)? {
        let all = Int64.min...Int64.max
        guard let rawLimits = raw.map({ $0.integersInside }) ?? all else { return nil }
        guard let value else { return (rawLimits, all) }
        guard let (scale, offset) = exact.line, scale != .zero,
            let a = value.lowerBound.subtracting(offset)?.exactQuotient(dividedBy: scale),
            let b = value.upperBound.subtracting(offset)?.exactQuotient(dividedBy: scale),
            let valueLimits = (min(a, b)...max(a, b)).integersInside
        else { return nil }
        return (rawLimits, valueLimits)
    }
}

extension PointRules {
    /// By point; those that are alike share one copy.
    static func table(of points: [PointDefinition]) -> [PointRules] {
        /// All that rules are made of.
        struct Alike: Hashable {
            var type: RegisterType
            var traits: SharedTraits
        }
        var known: [Alike: PointRules] = [:]
        return points.map { point in
            let alike = Alike(type: point.valueType, traits: point.shared)
            if let rules = known[alike] { return rules }
            let rules = PointRules(point)
            known[alike] = rules
            return rules
        }
    }
}

extension SampleKind {
    /// What the field bus makes of a register type.
    init(_ type: RegisterType) {
        switch type {
        case .float32: self = .float32
        case .float64: self = .float64
        case .string: self = .text
        default: self = .integer
        }
    }
}

extension ClosedRange<DecimalNumber> {
    /// The whole numbers inside; nil when there are none, or too many for Int64 to say exactly.
    fileprivate var integersInside: ClosedRange<Int64>? {
        guard let low = lowerBound.rounded(up: true), let high = upperBound.rounded(up: false), low <= high else {
            return nil
        }
        return low...high
    }
}

extension DecimalNumber {
    /// The next whole number up or down; nil beyond Int64.
    fileprivate func rounded(up: Bool) -> Int64? {
        guard let nearest = rounded(toMultiplesOf: .one) else { return nil }
        let whole = DecimalNumber(nearest)
        if up, whole < self { return nearest == .max ? nil : nearest + 1 }
        if !up, whole > self { return nearest == .min ? nil : nearest - 1 }
        return nearest
    }
}

extension RegisterType {
    /// "No value" markers as stored integers. For signed types a marker may also be written as the register's bits:
    /// 0x8000 of an `int16` is -32768.
    func integerMarkers(_ markers: [DecimalNumber]) -> [Int64] {
        markers.compactMap { marker in
            guard let whole = marker.shifted(to: 0) else { return nil }
            switch self {
            case .int16: return UInt16(exactly: whole).map { Int64(Int16(bitPattern: $0)) } ?? Int64(exactly: whole)
            case .int32: return UInt32(exactly: whole).map { Int64(Int32(bitPattern: $0)) } ?? Int64(exactly: whole)
            case .int64, .uint64:
                return UInt64(exactly: whole).map { Int64(bitPattern: $0) } ?? Int64(exactly: whole)
            default: return Int64(exactly: whole)
            }
        }
    }
}
