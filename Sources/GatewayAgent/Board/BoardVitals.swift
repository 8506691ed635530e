internal import GatewayModel
internal import ThreadExecutor

/// Reads how the board is, at the moments at which its points are due, on a thread of its own: a sensor behind I2C may
/// hold it.
actor BoardVitals {
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private nonisolated let executor = ThreadExecutor(name: "vitals", stackSize: 128 << 10)

    private let points: [(point: PointIndex, vital: BoardVital)]
    private let period: Nanoseconds
    private let source: VitalsSource
    private let sink: any ReadingSink
    private let time: any TimeSource
    /// Those that the board has told once: when one is gone, that is told too.
    private var known: Set<PointIndex> = []

    /// nil: none are configured.
    init?(_ configuration: GatewayConfiguration, _ source: VitalsSource, sink: any ReadingSink, time: any TimeSource) {
        points = configuration.points.compactMap { point in
            if case .board(.vital(let vital)) = point.source { (point.index, vital) } else { nil }
        }
        guard let first = points.first, case .every(let period) = configuration.points[first.point].period else {
            return nil
        }
        self.period = period
        self.source = source
        self.sink = sink
        self.time = time
    }

    /// - Parameter offset: UTC - CLOCK_BOOTTIME, 0 while it is not known.
    /// - Returns: until the next call.
    func read(offset: Nanoseconds) -> Duration {
        var readings: [Reading] = []
        for (point, vital) in points {
            let value = source.value(of: vital)
            guard value != nil || known.contains(point) else { continue }
            known.insert(point)
            readings.append(
                Reading(
                    point: point, time: time.bootTime(), quality: value == nil ? .noValue : .good,
                    sample: value.map { .integer($0) }))
        }
        sink.accept(readings)
        let wall = time.bootTime().nanoseconds + offset
        return .nanoseconds(period - wall % period)
    }

    /// After the last ``read(offset:)``. Blocks for as long as a sensor does.
    nonisolated func stop() { executor.shutdown() }
}
