package import GatewayModel

/// What takes its share of bus time: the three priorities, and the continuous points, which otherwise come last.
package enum BusClass: Int, CaseIterable, Comparable, Sendable {
    case continuous = 0
    case slow, normal, alarm

    package init(_ priority: PointPriority) {
        switch priority {
        case .slow: self = .slow
        case .normal: self = .normal
        case .alarm: self = .alarm
        }
    }

    /// nil: continuous.
    package var priority: PointPriority? { PointPriority(rawValue: rawValue - 1) }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Keeps account of the 5 % of bus time that each class gets while it has something to ask, however much the classes
/// above it want.
package struct ClassShares: Hashable, Sendable {
    /// One part in 20 of bus time.
    package static let parts: Int64 = 20
    /// More is not saved up.
    package static let largestCredit: Nanoseconds = .seconds(10)
    /// What a class got beyond its share counts for the next 20 s: it is not owed anything the moment others are busy.
    package static let largestDebt: Nanoseconds = .seconds(1)

    /// Bus time that a class is still owed, by `BusClass.rawValue`.
    private var credit = [Nanoseconds](repeating: 0, count: BusClass.allCases.count)

    package init() {}

    package subscript(_ busClass: BusClass) -> Nanoseconds { credit[busClass.rawValue] }

    /// Books a transaction.
    ///
    /// - Parameters:
    ///   - served: whose it was; nil: nobody's, as a probe's.
    ///   - waiting: has something to ask; the others are owed nothing.
    package mutating func book(_ busy: Nanoseconds, served: BusClass?, waiting: (BusClass) -> Bool) {
        for busClass in BusClass.allCases {
            let index = busClass.rawValue
            if busClass == served {
                credit[index] = max(credit[index] - busy + busy / Self.parts, -Self.largestDebt)
            } else if waiting(busClass) {
                credit[index] = min(credit[index] + busy / Self.parts, Self.largestCredit)
            } else {
                credit[index] = 0
            }
        }
    }
}
