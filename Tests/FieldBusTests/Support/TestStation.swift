import FieldBus
import GatewayModel
import Logging

/// A small configuration, put together point by point.
struct TestStation {
    var bus: BusConfiguration
    var devices: [DeviceConfiguration] = []
    var points: [PointDefinition] = []

    init(
        path: String, baud: Int = 9_600, parity: Parity = .none, timeout: Nanoseconds = .milliseconds(1_000)
    ) {
        bus = BusConfiguration(
            id: "meters", connection: .serial(path: path, format: SerialFormat(baud: baud, parity: parity)),
            responseTimeout: timeout)
    }

    init(_ connection: BusConnection, timeout: Nanoseconds = .milliseconds(1_000)) {
        bus = BusConfiguration(id: "plc", connection: connection, responseTimeout: timeout)
    }

    struct Point {
        var table = RegisterTable.holding
        var address: UInt16
        var type = RegisterType.uint16
        var count: Int?
        var bit: UInt8 = 0
        var wordOrder = ByteOrder.big
        var byteOrder = ByteOrder.big
        var period = SamplingPeriod.every(.milliseconds(100))
        var priority = PointPriority.normal
    }

    mutating func add(
        unit: UInt8, maxRegisters: Int = 125, guardTime: Nanoseconds = 0, retries: Int = 0,
        turnaround: Nanoseconds = .milliseconds(5), points added: [Point]
    ) {
        let begin = points.count
        let device = "device-\(unit)"
        for point in added {
            let source = PointSource.register(
                table: point.table, address: point.address, type: point.type, bit: point.bit,
                count: point.count ?? point.type.registers ?? 1, wordOrder: point.wordOrder,
                byteOrder: point.byteOrder)
            points.append(
                PointDefinition(
                    index: points.count, device: device, id: "p\(points.count)", source: source, period: point.period,
                    priority: point.priority))
        }
        devices.append(
            DeviceConfiguration(
                id: device, bus: bus.id, unit: unit, maxRegisters: maxRegisters, guardTime: guardTime,
                retries: retries, typicalTurnaround: turnaround, points: begin..<points.count))
    }

    func worker(
        _ sink: any ReadingSink, offset: @escaping @Sendable () -> Nanoseconds = { 0 }
    ) -> BusWorker {
        BusWorker(
            bus: bus, devices: devices, points: points, sink: sink, logger: Logger(label: "test") { _ in SilentLog() },
            scheduleOffset: offset)
    }
}

/// Tests look at status, not at log lines.
struct SilentLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.critical
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {}
}
