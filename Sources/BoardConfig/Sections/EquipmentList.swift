internal import GatewayModel

/// The devices of the config and all their points.
struct EquipmentList {
    var devices: [DeviceConfiguration] = []
    private(set) var points: [PointDefinition] = []
    /// Every device id that was written, and its point ids; nil: its points could not be read.
    var known: [(id: String, points: [String]?)] = []

    private var pool = TraitsPool()

    /// Takes one device's points into the list of all.
    /// - Returns: where they are in it.
    mutating func add(_ new: [PointDefinition]) -> Range<PointIndex> {
        let first = points.count
        for (offset, point) in new.enumerated() {
            var point = point
            point.index = first + offset
            pool.share(&point)
            points.append(point)
        }
        return first..<points.count
    }

    func points(of device: String) -> [String]?? { known.first { $0.id == device }.map(\.points) }
}
