internal import GatewayModel

/// What a point needs to know of its device.
struct DeviceFacts {
    var id: String
    var maxRegisters: Int
    /// Keys of the device that stand above those of the template.
    var overrides: PointDraft
}
