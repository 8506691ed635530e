import GatewayModel
import GatewayTestSupport

/// Configurations for tests, built device by device.
struct VirtualStation {
    var bus = BusConfiguration(
        id: "bus", connection: .serial(path: "/dev/x", format: SerialFormat(baud: 9_600)),
        responseTimeout: .milliseconds(500))
    private(set) var devices: [DeviceConfiguration] = []
    private(set) var points: [PointDefinition] = []

    init(baud: Int = 9_600) {
        bus.connection = .serial(path: "/dev/x", format: SerialFormat(baud: baud))
    }

    /// One point as `addDevice` takes it: `count` registers at `address`.
    struct Point {
        var address: UInt16
        var count = 1
        var period: SamplingPeriod = .every(.seconds(10))
        var priority: PointPriority = .normal
    }

    mutating func addDevice(
        _ made: [Point], turnaround: Nanoseconds = .milliseconds(20), retries: Int = 0, maxRegisters: Int = 125
    ) {
        let id = "d\(devices.count)"
        let first = points.count
        for point in made {
            points.append(
                PointDefinition(
                    index: points.count, device: id, id: "p\(points.count)",
                    source: .register(
                        table: .holding, address: point.address, type: .uint16, count: point.count),
                    period: point.period, priority: point.priority))
        }
        devices.append(
            DeviceConfiguration(
                id: id, bus: bus.id, unit: UInt8(devices.count + 1), maxRegisters: maxRegisters, retries: retries,
                typicalTurnaround: turnaround, points: first..<points.count))
    }

    /// `count` points with the same period and priority, so far apart that each is a request of its own.
    mutating func addSpreadDevice(
        _ count: Int, every period: Nanoseconds, _ priority: PointPriority = .normal, registers: Int = 1
    ) {
        addDevice(
            (0..<count).map {
                Point(address: UInt16(200 * $0), count: registers, period: .every(period), priority: priority)
            })
    }

    /// Twelve meters of 20 points with holes, read continuously or periodically.
    static func twelveMeters(_ period: SamplingPeriod, baud: Int = 9_600) -> VirtualStation {
        var station = VirtualStation(baud: baud)
        var random = SeededGenerator(seed: 12)
        for device in 0..<12 {
            var address = 0
            var points: [Point] = []
            for _ in 0..<20 {
                address += [0, 0, 1, 2, 10, 40].randomElement(using: &random) ?? 0
                let count = random.chance(0.5) ? 2 : 1
                points.append(Point(address: UInt16(address), count: count, period: period))
                address += count
            }
            station.addDevice(points, turnaround: .milliseconds(Int64(5 + device * 30 / 11)), maxRegisters: 60)
        }
        return station
    }
}
