internal import FieldBus
internal import GatewayModel

/// What `gatewayctl learnt` shows: what the daemon has measured of each device.
struct LearntAnswer {
    private let configuration: GatewayConfiguration
    private let buses: [BusStatus]

    init(_ status: StationStatus) {
        configuration = status.configuration
        buses = status.buses
    }

    private var devices: [(DeviceConfiguration, DeviceStatus)] {
        let known = Dictionary(configuration.devices.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return buses.flatMap(\.devices).compactMap { status in known[status.id].map { ($0, status) } }
    }

    /// One line a device.
    var table: String {
        let head = ["DEVICE", "ANSWERS AFTER", "P99.9", "SPREAD", "TIMEOUT", "OF", "REFUSED GAPS"]
        return StationStatus.table(
            [head]
                + devices.map { _, status in
                    [
                        status.id, Self.milliseconds(status.times?.p50), Self.milliseconds(status.times?.p999),
                        Self.milliseconds(status.times?.spread), Self.milliseconds(status.timeout),
                        Self.milliseconds(status.configuredTimeout),
                        status.refusedGaps.isEmpty ? "-" : status.refusedGaps.map(\.text).joined(separator: " "),
                    ]
                })
    }

    /// Lines for the device's template.
    var template: String {
        devices.filter { $1.times != nil || !$1.refusedGaps.isEmpty }.map { device, status in
            var text = "# \(status.id)" + (device.template.map { ", template \($0)" } ?? "") + "\n"
            if let times = status.times {
                text += "turnaround: {typical: \(Self.duration(times.p50)), max: \(Self.duration(times.longest))}\n"
            }
            if !status.refusedGaps.isEmpty {
                text += "limits: {refused: [\(status.refusedGaps.map { "\"\($0.text)\"" }.joined(separator: ", "))]}\n"
            }
            return text
        }.joined(separator: "\n")
    }

    private static func milliseconds(_ time: Nanoseconds?) -> String {
        time.map { "\(($0 + 500_000) / 1_000_000) ms" } ?? "-"
    }

    /// Whole milliseconds, at least one.
    private static func duration(_ time: Nanoseconds) -> String { "\(max(1, (time + 999_999) / 1_000_000))ms" }
}
