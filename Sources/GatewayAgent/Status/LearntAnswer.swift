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
        let head = ["DEVICE", "ANSWERS AFTER", "P99.9", "SPREAD", "TIMEOUT", "OF", "IDENTITY", "REFUSED GAPS"]
        return StationStatus.table(
            [head]
                + devices.map { _, status in
                    [
                        status.id, Self.milliseconds(status.times?.p50), Self.milliseconds(status.times?.p999),
                        Self.milliseconds(status.times?.spread), Self.milliseconds(status.timeout),
                        Self.milliseconds(status.configuredTimeout), Self.identity(status),
                        status.refusedGaps.isEmpty ? "-" : status.refusedGaps.map(\.text).joined(separator: " "),
                    ]
                })
    }

    private static func identity(_ status: DeviceStatus) -> String {
        guard let expected = status.expectedIdentity else { return "-" }
        guard let seen = status.identity, seen != expected else { return expected }
        return "\(seen) (was \(expected))"
    }

    /// `learnt --accept DEVICE`: the meter that answers there now is the right one.
    func accept(_ device: String, _ workers: [BusWorker]) -> String {
        guard let status = buses.flatMap(\.devices).first(where: { $0.id == device }) else {
            return "error: no device \"\(device)\"; `gatewayctl learnt` lists them\n"
        }
        guard let seen = status.identity, let expected = status.expectedIdentity, seen != expected else {
            return "error: \(device) is not taken for another device; nothing to accept\n"
        }
        for worker in workers { worker.accept(device) }
        return "\(device): \(seen) in place of \(expected)\n"
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
