internal import GatewayModel
internal import Telemetry

/// The batches that a station makes, from values that a process at rest might have, by the daemon's own encoder.
///
/// Not known before the station runs, and assumed: an integer gauge wanders by a step or two, a 4-20 mA transmitter by a
/// thousandth of its range, a float by hundredths with noise in its lower digits; a counter goes up by a few steps, a state
/// stands still, and a request is late by up to 4 ms.
struct Traffic {
    /// Of one batch, as stored.
    let batches: [BatchEnvelope]
    let contents: [BatchContent]
    let dictionary: PointDictionary
    /// Over which `batches` were made.
    let span: Nanoseconds

    /// Batches that are made, the first, in which everything is new, thrown away; fewer of large ones.
    private static let most = 12
    private static let mostReadings = 60_000

    /// - Parameter cadences: a point without one is not read.
    init(_ configuration: GatewayConfiguration, cadences: [PointIndex: Cadence]) {
        dictionary = PointDictionary(gateway: configuration.gatewayID, points: configuration.points)
        var maker = BatchMaker(configuration, dictionary.id)
        var lanes = ReadingLanes(cadences)
        let seal = configuration.store.seal
        let start = BootTime(nanoseconds: .seconds(86_400))
        var slot = start
        // What falls due, in slots of one seal, in the order of time.
        while maker.batches.count < Self.most, maker.readings < Self.mostReadings, slot < start + 400 * seal {
            for (time, point) in lanes.due(in: slot..<(slot + seal)) { maker.read(point, at: time) }
            slot = slot + seal
        }
        maker.seal(slot)
        // The first is not like the others.
        let isEnough = maker.batches.count > 1
        batches = Array(maker.batches.dropFirst(isEnough ? 1 : 0))
        contents = batches.compactMap { try? $0.content() }
        span = slot - (isEnough ? maker.firstSealed ?? start : start)
    }

    var isEmpty: Bool { batches.isEmpty || span <= 0 }
    /// Of an amount of `batches`, how much that is a day.
    func perDay(_ amount: Double) -> Double { isEmpty ? 0 : amount * 86_400e9 / Double(span) }
}
