internal import GatewayModel

extension ConfigReading {
    func readDevices(_ root: MappingReader, _ buses: BusList) -> EquipmentList {
        var equipment = EquipmentList()
        var buses = buses
        var addresses: [String: String] = [:]
        let items = root.list("devices", of: "devices") ?? []
        for item in items {
            guard let reader = MappingReader(item, "devices", .device, context) else { continue }
            DeviceReading(config: self, reader: reader).read(&buses, &equipment, &addresses)
        }
        if root.has("buses"), items.isEmpty, !root.has("devices") {
            context.warning(root.place("buses"), "no devices: nothing will be polled")
        } else {
            for bus in buses.entries where !bus.hasDevices && !context.log.hasErrors {
                context.warning(bus.position, "no device on bus \(bus.id)")
            }
        }
        if equipment.points.count > Bounds.points {
            context.error(
                root.place("devices"),
                "devices: \(equipment.points.count) points in all, expected at most \(Bounds.points)")
        }
        return equipment
    }
}
