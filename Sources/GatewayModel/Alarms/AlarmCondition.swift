/// A condition over points: comparisons joined by `and`, `or` and `not`, in the order in which they are worked out.
///
/// A comparison whose point has no usable value is neither true nor false; so is what depends on it. `x and y` is false as
/// soon as one is, `x or y` true as soon as one is.
package struct AlarmCondition: Hashable, Sendable {
    /// Comparisons of one condition.
    package static let maximumComparisons = 32

    package enum Test: String, CaseIterable, Sendable {
        case equal = "=="
        case unequal = "!="
        case below = "<"
        case atMost = "<="
        case above = ">"
        case atLeast = ">="

        package func holds(_ a: DecimalNumber, _ b: DecimalNumber) -> Bool {
            switch self {
            case .equal: a == b
            case .unequal: a != b
            case .below: a < b
            case .atMost: !(b < a)
            case .above: b < a
            case .atLeast: !(a < b)
            }
        }
    }

    package struct Comparison: Hashable, Sendable {
        package var point: PointIndex
        /// Compared is the quality's raw value, not the value.
        package var isOfQuality: Bool
        package var test: Test
        package var literal: DecimalNumber

        package init(point: PointIndex, isOfQuality: Bool = false, test: Test, literal: DecimalNumber) {
            self.point = point
            self.isOfQuality = isOfQuality
            self.test = test
            self.literal = literal
        }
    }

    package enum Step: Hashable, Sendable {
        case comparison(Comparison)
        /// Of the two last results.
        case and, or
        /// Of the last result.
        case not
    }

    /// Postfix: operands before what joins them.
    package let steps: [Step]

    /// nil: the steps do not come down to one result, or are too many.
    package init?(_ steps: [Step]) {
        var depth = 0
        var comparisons = 0
        for step in steps {
            switch step {
            case .comparison: (depth, comparisons) = (depth + 1, comparisons + 1)
            case .and, .or: depth -= 1
            case .not: break
            }
            guard depth >= 1 else { return nil }
        }
        guard depth == 1, comparisons <= Self.maximumComparisons else { return nil }
        self.steps = steps
    }

    package var comparisons: [Comparison] {
        steps.compactMap { if case .comparison(let comparison) = $0 { comparison } else { nil } }
    }

    /// - Parameter known: whether a comparison holds; nil: its point has no usable value.
    package func truth(_ known: (Comparison) -> Bool?) -> Bool? {
        var results: [Bool?] = []
        for step in steps {
            switch step {
            case .comparison(let comparison): results.append(known(comparison))
            case .not: results.append(results.removeLast().map { !$0 })
            case .and, .or:
                // `init` has made sure that there are two.
                let (b, a) = (results.removeLast(), results.removeLast())
                let decisive = step == .or
                results.append(a == decisive || b == decisive ? decisive : a == nil || b == nil ? nil : !decisive)
            }
        }
        return results.last ?? nil
    }
}
