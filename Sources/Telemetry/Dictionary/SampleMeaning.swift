package import GatewayModel

/// What the stored samples of a point stand for: one copy for all points of a dictionary that are alike.
package final class SampleMeaning: Hashable, Sendable {
    /// Empty when the value has no unit.
    package let unit: String
    package let type: RegisterType
    /// From the stored sample to the value; with a resolution, `scale = resolution` and no offset.
    package let scaling: Scaling
    package let kind: PointKind
    /// Engineering units; nil: every reading is sent.
    package let deadBand: DecimalNumber?
    /// Above zero; then stored samples are signed integers, multiples of it. nil: nothing is rounded.
    package let resolution: DecimalNumber?
    /// Names of raw values of a `state` point.
    package let labels: [Int64: String]
    /// Values beyond +-(2^53-1) can occur and are written as strings in JSON.
    package let hasBigIntegers: Bool
    /// `scaling`, prepared.
    package let exact: ExactScaling

    init(
        unit: String, type: RegisterType, scaling: Scaling, kind: PointKind, deadBand: DecimalNumber?,
        resolution: DecimalNumber?, labels: [Int64: String], hasBigIntegers: Bool
    ) {
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

    /// Integers are the bit pattern of an unsigned 64-bit number.
    package var storesUnsigned64: Bool { type == .uint64 && resolution == nil }

    package static func == (a: SampleMeaning, b: SampleMeaning) -> Bool {
        a === b
            || a.unit == b.unit && a.type == b.type && a.scaling == b.scaling && a.kind == b.kind
                && a.deadBand == b.deadBand && a.resolution == b.resolution && a.labels == b.labels
                && a.hasBigIntegers == b.hasBigIntegers
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(unit)
        hasher.combine(type)
        hasher.combine(scaling)
        hasher.combine(deadBand)
        hasher.combine(resolution)
        hasher.combine(labels)
    }
}

extension [DescribedPoint] {
    /// Equal points, of which those that are alike share one copy of what they have in common.
    func sharingMeanings() -> [DescribedPoint] {
        var known: Set<SampleMeaning> = []
        return map { point in
            var point = point
            point.meaning = known.insert(point.meaning).memberAfterInsert
            return point
        }
    }
}
