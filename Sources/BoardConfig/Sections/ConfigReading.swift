internal import GatewayModel

/// One reading of one config file: the root mapping, section by section. Every section is read even when another is
/// wrong, so that all problems show in one run.
struct ConfigReading {
    let context: FileContext
    let library: TemplateLibrary

    /// nil when anything is wrong; what, is in the log.
    func configuration(_ bytes: [UInt8]) -> GatewayConfiguration? {
        guard let node = YAMLLoader.load(bytes, context),
            let root = MappingReader(node, "the config", .root, context)
        else { return nil }
        root.require("schema", "1")
        root.require("gateway", "{id: ...}")
        if !root.has("inputs") { root.require("buses", "a list of buses, or inputs") }
        root.require("uplinks", "a list of one to four receivers")
        checkSchema(root)
        let gateway = readGateway(root)
        let board = readBoard(root)
        let buses = readBuses(root, board)
        var equipment = readDevices(root, buses)
        let lines = readLines(root, board, &equipment)
        readVitals(root, &equipment)
        let alarms = readAlarms(root, equipment)
        let store = readStore(root)
        let uplinks = readUplinks(root, equipment)
        guard !context.log.hasErrors, let gateway, let uplinks else { return nil }
        var configuration = GatewayConfiguration(
            gatewayID: gateway.id, name: gateway.name, timezone: gateway.timezone, board: board.description,
            buses: buses.sound, devices: equipment.devices, points: equipment.points, store: store, uplinks: uplinks,
            hash: ContentHash.sha256(bytes))
        configuration.inputs = lines.inputs
        configuration.outputs = lines.outputs
        configuration.alarms = alarms
        return configuration
    }

    private func checkSchema(_ root: MappingReader) {
        guard let schema = root.text("schema", atMost: 20), schema.value != "1" else { return }
        let isNumber = ScalarText.integer(schema.value) != nil
        let fault =
            isNumber ? "\(schema.value): not in this version" : "\(FileContext.quoted(schema.value)) is no number"
        context.error(schema.position, "schema: \(fault), expected 1")
    }

    private func readGateway(_ root: MappingReader) -> (id: String, name: String, timezone: String)? {
        guard let gateway = root.mapping("gateway", .gateway) else { return nil }
        gateway.require("id", IdentifierPattern.gateway.text)
        let id = gateway.identifier("id", .gateway)
        let name = gateway.text("name", atMost: 100)?.value ?? ""
        let timezone = gateway.text("timezone", atMost: 64)
        if let timezone, !Self.isZoneName(timezone.value) {
            context.error(
                timezone.position,
                "timezone: \(FileContext.quoted(timezone.value)) is no IANA zone name, expected one such as Asia/Urumqi"
            )
        }
        guard let id else { return nil }
        return (id.value, name, timezone?.value ?? Defaults.timezone)
    }

    /// `UTC`, `Asia/Urumqi`, `Etc/GMT-8`: the form only, since a board need not have the zone files.
    private static func isZoneName(_ name: String) -> Bool {
        name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            part.first?.isLetter == true
                && part.utf8.allSatisfy { $0 < 128 && ($0 >= 65 || ($0 >= 48 && $0 <= 57) || $0 == 43 || $0 == 45) }
        }
    }

    private func readStore(_ root: MappingReader) -> StoreConfiguration {
        let store = root.mapping("store", .store)
        if store != nil { context.log.places.store = root.place("store") }
        return StoreConfiguration(
            size: store?.size("size", in: Bounds.storeSize)?.value ?? Defaults.storeSize,
            age: store?.duration("age", in: Bounds.storeAge)?.value ?? Defaults.storeAge,
            seal: store?.duration("seal", in: Bounds.storeSeal)?.value ?? Defaults.storeSeal)
    }
}
