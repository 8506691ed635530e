internal import GatewayModel

/// The rules of all points, one copy for all that are alike: rules take over 500 bytes, and of 2,000 points only some
/// dozens differ.
struct PointRulesTable: Sendable {
    private var different: [PointRules] = []
    /// Places in `different`, by point.
    private var places: [UInt32] = []

    /// `points[i].index == i`.
    init(_ points: [PointDefinition]) {
        var known: [Alike: UInt32] = [:]
        places.reserveCapacity(points.count)
        for point in points {
            let alike = Alike(type: point.source.type, traits: point.shared)
            if let place = known[alike] {
                places.append(place)
            } else {
                let place = UInt32(different.count)
                known[alike] = place
                places.append(place)
                different.append(PointRules(point))
            }
        }
    }

    /// `point` must be one of those given.
    subscript(point: PointIndex) -> PointRules { different[Int(places[point])] }

    /// All that `PointRules` are made of.
    private struct Alike: Hashable {
        var type: RegisterType
        var traits: SharedTraits
    }
}
