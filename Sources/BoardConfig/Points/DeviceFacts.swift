internal import GatewayModel

/// What a point needs to know of its device.
struct DeviceFacts {
    var id: String
    var proto: DeviceProtocol
    var maxRegisters: Int
    /// Keys of the device that stand above those of the template.
    var overrides: PointDraft
}
