internal import GatewayModel
internal import Telemetry

/// From readings to sealed batches, as the daemon's pipeline does it.
struct BatchMaker {
    private(set) var batches: [BatchEnvelope] = []
    /// When the first was sealed.
    private(set) var firstSealed: BootTime?
    /// That were stored.
    private(set) var readings = 0

    private let dictionary: DictionaryID
    private let anchor = WallAnchor(
        bootTime: BootTime(nanoseconds: 0), realTime: .seconds(1_795_000_000), error: 0)
    private var conditioner: Conditioner
    private var open: OpenBatch
    private var values: [RestingValue]

    init(_ configuration: GatewayConfiguration, _ dictionary: DictionaryID) {
        self.dictionary = dictionary
        conditioner = Conditioner(points: configuration.points)
        let isBinary = configuration.uplinks.allSatisfy { $0.profile == .batch }
        open = OpenBatch(seal: configuration.store.seal, maximumReadings: isBinary ? 16_384 : 4_096)
        values = configuration.points.map(RestingValue.init)
    }

    /// Readings come in the order of time.
    mutating func read(_ point: PointIndex, at time: BootTime) {
        if let due = open.deadline, due <= time { seal(due) }
        let raw = Reading(point: point, time: time, quality: .good, sample: values[point].next())
        guard let reading = conditioner.condition(raw).reading else { return }
        readings += 1
        if !open.add(reading) {
            seal(time)
            _ = open.add(reading)
        }
    }

    mutating func seal(_ now: BootTime) {
        guard let batch = open.seal(now: now, boot: .planned, anchor: anchor, dictionary: dictionary) else { return }
        firstSealed = firstSealed ?? now
        let key = BatchKey(epoch: .planned, sequence: UInt64(batches.count + 1))
        batches.append(BatchEnvelope(batch: batch, key: key))
    }
}
