/// What points of the same kind have in common: everything but their names and where they lie.
package struct PointTraits: Hashable, Sendable {
    /// Empty when the value has no unit.
    package var unit: String
    package var scaling: Scaling
    /// Raw values outside are `sensor-broken`; nil: no limit.
    package var validRaw: ClosedRange<DecimalNumber>?
    /// Engineering values outside are `out-of-range`; nil: no limit.
    package var validValue: ClosedRange<DecimalNumber>?
    /// Raw values that mean "not available".
    package var noValue: [DecimalNumber]
    /// Names of raw values of a `state` point, published in the dictionary.
    package var labels: [Int64: String]
    package var kind: PointKind
    package var period: SamplingPeriod
    package var priority: PointPriority
    /// Engineering units; nil: every reading is sent.
    package var deadBand: DecimalNumber?
    /// The longest time that a dead band may keep the point silent.
    package var maxSilence: Nanoseconds
    /// The value is rounded to multiples of it; nil: nothing is rounded.
    package var resolution: DecimalNumber?
}

/// One copy of traits for all points that have them: they take some 400 bytes, which 2,000 points have not each to pay.
package final class SharedTraits: Hashable, Sendable {
    package let traits: PointTraits

    package init(_ traits: PointTraits) { self.traits = traits }

    package static func == (a: SharedTraits, b: SharedTraits) -> Bool { a === b || a.traits == b.traits }
    package func hash(into hasher: inout Hasher) { traits.hash(into: &hasher) }
}

/// Makes points that are alike share one copy of their traits.
package struct TraitsPool: Sendable {
    private var known: Set<SharedTraits> = []

    package init() {}

    /// Different traits seen so far.
    package var count: Int { known.count }

    /// Gives the point the copy that an earlier one of equal traits has; it stays equal to what it was.
    package mutating func share(_ point: inout PointDefinition) {
        point.shared = known.insert(point.shared).memberAfterInsert
    }
}
