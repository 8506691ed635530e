internal import GatewayModel

/// That nothing but its own trouble keeps a point from being read: no step of the clock, no store, no link.
struct PollingPace {
    private let periods: [Nanoseconds]
    private let devices: [String]
    private let busOfDevice: [String: String]
    /// CLOCK_BOOTTIME of this run of the process.
    private var last: [BootTime?]
    private var disturbedUntil: [String: Nanoseconds] = [:]
    private(set) var longest: Nanoseconds = 0

    init(_ configuration: GatewayConfiguration) {
        periods = configuration.points.map { if case .every(let period) = $0.period { period } else { .seconds(60) } }
        devices = configuration.points.map(\.device)
        busOfDevice = Dictionary(uniqueKeysWithValues: configuration.devices.map { ($0.id, $0.bus) })
        last = Array(repeating: nil, count: periods.count)
    }

    mutating func restart() { last = Array(repeating: nil, count: periods.count) }

    /// A device, or a bus, has trouble of its own; it is found again within 30 s of coming back.
    mutating func disturb(_ name: String, until: Nanoseconds) {
        disturbedUntil[name] = max(disturbedUntil[name] ?? 0, until + .seconds(35))
    }

    /// - Returns: what is wrong.
    mutating func note(_ reading: Reading, truth: Nanoseconds) -> String? {
        defer { last[reading.point] = reading.time }
        guard let before = last[reading.point] else { return nil }
        let pause = reading.time - before
        let device = devices[reading.point]
        let trouble = max(disturbedUntil[device] ?? 0, disturbedUntil[busOfDevice[device] ?? ""] ?? 0)
        guard truth - pause > trouble else { return nil }
        longest = max(longest, pause)
        guard pause > 2 * periods[reading.point] + .seconds(3) else { return nil }
        return "point \(reading.point) was not read for \(pause / .seconds(1)) s"
    }
}
