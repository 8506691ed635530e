internal import GatewayModel

/// The devices of the config and all their points.
struct EquipmentList {
    var devices: [DeviceConfiguration] = []
    var points: [PointDefinition] = []
    /// Every device id that was written, and its point ids; nil: its points could not be read.
    var known: [(id: String, points: [String]?)] = []

    func points(of device: String) -> [String]?? { known.first { $0.id == device }.map(\.points) }
}
