internal import BusPlanning
package import GatewayModel
internal import Telemetry

/// Something that is allowed and will hurt.
package struct PlanAdvice: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case bus(String), device(String), store
    }

    package var subject: Subject
    package var message: String

    /// A line that is taken for more than this has no time left for retries, dead devices and searches.
    static let highestLoad = 0.7
    /// Repairing an uplink may take so long.
    static let shortestBridge: Nanoseconds = .seconds(7 * 86_400)

    /// In the order of the configuration.
    package static func all(of configuration: GatewayConfiguration) -> [PlanAdvice] {
        configuration.buses.flatMap { ofBus($0, configuration) }
            + configuration.devices.flatMap { ofDevice($0, configuration) }
            + ofStore(configuration)
    }

    private static func ofBus(_ bus: BusConfiguration, _ configuration: GatewayConfiguration) -> [PlanAdvice] {
        guard !bus.isListenOnly else { return [] }
        var schedule = BusSchedule(
            bus: bus, devices: configuration.devices.filter { $0.bus == bus.id }, points: configuration.points,
            now: BootTime(nanoseconds: 0))
        let load = schedule.forecast().totalLoad
        guard load > highestLoad else { return [] }
        let percent = Int((load * 100).rounded())
        let effect = load > 1 ? "it cannot keep the periods" : "nothing is left for retries and dead devices"
        return [
            PlanAdvice(
                subject: .bus(bus.id),
                message: "bus \(bus.id) is loaded to \(percent) % by its periods: \(effect), expected at most 70 %; "
                    + "longer periods, fewer points, a higher baud rate or a second line (gatewayctl plan shows what costs)"
            )
        ]
    }

    private static func ofDevice(_ device: DeviceConfiguration, _ configuration: GatewayConfiguration) -> [PlanAdvice] {
        guard let bus = configuration.buses.first(where: { $0.id == device.bus }), !bus.isListenOnly else { return [] }
        return [slowTimeout(device, bus, configuration), unfitSpeed(device, bus)].compactMap { $0 }
    }

    private static func slowTimeout(
        _ device: DeviceConfiguration, _ bus: BusConfiguration, _ configuration: GatewayConfiguration
    ) -> PlanAdvice? {
        let timeout = device.responseTimeout ?? bus.responseTimeout
        let period = device.points.compactMap { configuration.points[$0].fixedPeriod }.min()
        guard let period, timeout > period else { return nil }
        return PlanAdvice(
            subject: .device(device.id),
            message:
                "response_timeout \(text(timeout)) of device \(device.id) is longer than the period \(text(period)) of "
                + "its points: one lost answer costs the next reading too, expected a shorter timeout or a longer period"
        )
    }

    /// What meters can be set to: DL/T 645-2007 has codes for 600 to 19200 baud, M-Bus (EN 13757-3, CI B8 to BD) for 300 to
    /// 9600; CJ/T 188 meters keep to 9600 and below.
    private static func unfitSpeed(_ device: DeviceConfiguration, _ bus: BusConfiguration) -> PlanAdvice? {
        guard case .serial(_, let line) = bus.connection else { return nil }
        let format = device.format ?? line
        let (name, speeds): (String, ClosedRange<Int>)
        switch device.address {
        case .modbus: return nil
        case .dlt645: (name, speeds) = ("DL/T 645", 600...19_200)
        case .cjt188: (name, speeds) = ("CJ/T 188", 300...9_600)
        case .mbusPrimary, .mbusSecondary: (name, speeds) = ("M-Bus", 300...9_600)
        }
        guard !speeds.contains(format.baud) else { return nil }
        return PlanAdvice(
            subject: .device(device.id),
            message: "\(format.baud) baud for device \(device.id): meters of \(name) speak at \(speeds.lowerBound) to "
                + "\(speeds.upperBound), expected a baud of its own")
    }

    private static func ofStore(_ configuration: GatewayConfiguration) -> [PlanAdvice] {
        var cadences: [PointIndex: Cadence] = [:]
        for device in configuration.devices {
            for point in device.points {
                let interval = configuration.points[point].fixedPeriod ?? .seconds(1)
                cadences[point] = Cadence(interval: interval, request: device.points.lowerBound)
            }
        }
        let bridges = StorePlan(configuration.store, Traffic(configuration, cadences: cadences)).bridges
        guard bridges < min(shortestBridge, configuration.store.age) else { return [] }
        let size = configuration.store.size >> 20
        return [
            PlanAdvice(
                subject: .store,
                message:
                    "a store of \(size) MiB bridges an outage of \(text(bridges)) at these periods, expected 7 days; "
                    + "a larger size, longer periods or dead bands")
        ]
    }

    /// `500 ms`, `10 s`, `3.5 h`, `12 d`
    package static func text(_ span: Nanoseconds) -> String {
        let seconds = Double(span) / 1e9
        func rounded(_ value: Double) -> String {
            let tenths = Int64((value * 10).rounded())
            return tenths % 10 == 0 || tenths >= 100 ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
        }
        return switch seconds {
        case ..<1: "\(span / 1_000_000) ms"
        case ..<600: "\(rounded(seconds)) s"
        case ..<7_200: "\(rounded(seconds / 60)) min"
        case ..<172_800: "\(rounded(seconds / 3_600)) h"
        default: "\(rounded(seconds / 86_400)) d"
        }
    }
}
