internal import GatewayModel

/// The station that is lived through: two buses, four devices, twenty points, one or two receivers.
struct SimulatedStation: Sendable {
    static let gateway = "sim"
    static let period = Nanoseconds.seconds(10)

    let configuration: GatewayConfiguration

    init(seed: UInt64, storeSize: Int64) {
        var random = SeededRandom(seed: seed, stream: "station")
        var devices: [DeviceConfiguration] = []
        var points: [PointDefinition] = []
        for (number, count) in [6, 4, 6, 4].enumerated() {
            let id = "device-\(number + 1)"
            let range = points.count..<(points.count + count)
            for index in range {
                points.append(Self.point(index, device: id, register: UInt16(index - range.lowerBound)))
            }
            devices.append(
                DeviceConfiguration(
                    id: id, bus: number < 2 ? "line" : "net", unit: UInt8(number % 2 + 1), retries: number % 2,
                    points: range))
        }
        let buses = [
            BusConfiguration(id: "line", connection: .serial(path: "/dev/none", format: SerialFormat())),
            BusConfiguration(id: "net", connection: .modbusTCP(host: "192.0.2.1", port: 502)),
        ]
        var uplinks = [
            Self.uplink("city", .batch, must: true, random.chance(0.3) ? .platform : .broker)
        ]
        // A second receiver that is slow or away must not delay the first.
        if random.chance(0.5) {
            let profile: PayloadProfile = random.chance(0.3) ? .json : .batch
            uplinks.append(Self.uplink("company", profile, must: random.chance(0.5), .broker))
        }
        var configuration = GatewayConfiguration(
            gatewayID: Self.gateway,
            board: BoardDescription(name: "sim", hasBatteryClock: random.chance(0.3)), buses: buses, devices: devices,
            points: points,
            store: StoreConfiguration(size: storeSize, seal: .seconds(random.pick([2, 5, 10, 10, 30]))),
            uplinks: uplinks, hash: "0")
        configuration.alarms = Self.alarms(devices)
        self.configuration = configuration
    }

    /// Of every device: that it does not answer, that its first point is bad while it answers, and that the point is high.
    private static func alarms(_ devices: [DeviceConfiguration]) -> [AlarmRule] {
        devices.enumerated().flatMap { number, device -> [AlarmRule] in
            let point = device.points.lowerBound
            let level = Int64(FieldWorld.register(device.id, 0, at: Simulation.beginning))
            func condition(_ test: AlarmCondition.Test, _ literal: Int64, ofQuality: Bool = false) -> AlarmCondition? {
                AlarmCondition([
                    .comparison(
                        .init(point: point, isOfQuality: ofQuality, test: test, literal: DecimalNumber(literal)))
                ])
            }
            guard let bad = condition(.unequal, Int64(Quality.good.rawValue), ofQuality: true),
                let high = condition(.above, level + 10), let low = condition(.below, level + 5)
            else { return [] }
            return [
                AlarmRule(
                    id: AlarmRule.silenceID(of: device.id), cause: .silence(of: device.points),
                    severity: AlarmRule.silenceSeverity, delay: AlarmRule.silenceDelay),
                AlarmRule(
                    id: "bad-\(number)", cause: .condition(when: bad, clear: nil), severity: .minor,
                    suppressor: number % 2 == 0 ? 3 * number : nil),
                AlarmRule(
                    id: "high-\(number)", cause: .condition(when: high, clear: low), severity: .warning,
                    delay: .seconds(25)),
            ]
        }
    }

    private static func point(_ index: Int, device: String, register: UInt16) -> PointDefinition {
        PointDefinition(
            index: index, device: device, id: "p\(index)",
            source: .register(RegisterSource(table: .holding, address: register, type: .uint16, count: 1)),
            period: .every(index % 5 == 4 ? 6 * period : period))
    }

    private static func uplink(
        _ id: String, _ profile: PayloadProfile, must: Bool, _ acknowledgement: AcknowledgementSource
    ) -> UplinkConfiguration {
        UplinkConfiguration(
            id: id, profile: profile, must: must, acknowledgement: acknowledgement,
            mqtt: MQTTConfiguration(host: "192.0.2.2", port: 1883))
    }
}
