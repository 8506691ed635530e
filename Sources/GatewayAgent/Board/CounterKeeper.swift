internal import DigitalIO
internal import GatewayModel
internal import Logging
internal import Storage

/// Keeps what inputs count over restarts and power cuts.
///
/// The pulses themselves are durable with every batch that is stored (``StoreFeeder``), with a second copy in the state
/// file. What a person sets is kept beside them, as a correction: `total = pulses + correction`.
struct CounterKeeper: Sendable {
    /// By input: the correction, and in words who set it when to what.
    private static let namespace = "corrections"
    /// Between two writings of the second copy, which is needed when the store is damaged.
    static let interval = Duration.seconds(3_600)

    let path: DataPath
    let io: DigitalIO
    let configuration: GatewayConfiguration
    let logger: Logger
    let time: any TimeSource

    var counters: [InputConfiguration] { configuration.inputs.filter(\.isCounter) }

    /// Tells the counters where to go on. Both stores are open.
    func recall() async {
        guard !counters.isEmpty else { return }
        let counts = await path.state.totals(with: path.outbox)
        var totals: [PulseTotal] = []
        for input in counters {
            let stored = await path.state.value(input.id, in: Self.namespace)
            let correction = stored.flatMap { Int64(String(decoding: $0.prefix { $0 > 32 }, as: UTF8.self)) } ?? 0
            totals.append(PulseTotal(id: input.id, count: counts[input.id] ?? 0, correction: correction))
        }
        io.post(.totals(totals))
    }

    /// Writes the second copy.
    func note() async {
        await path.state.noteTotals(io.counts.map { CounterTotal(key: $0.id, value: $0.count) })
    }

    /// Sets what a counter shows, e.g. to what is read off its meter.
    ///
    /// - Parameters:
    ///   - text: in the input's unit.
    ///   - user: who asks, for the record.
    /// - Returns: what was done, or `error: ` and why nothing was.
    func set(_ id: String, to text: String, by user: String) async -> String {
        guard let input = counters.first(where: { $0.id == id }) else {
            return "error: no counter \"\(id)\"; known: \(counters.map(\.id).joined(separator: ", "))"
        }
        let point = configuration.points[input.point]
        guard case .linear(let scale, _) = point.scaling, scale > .zero, let value = DecimalNumber(text),
            !value.isNegative, let raw = value.rounded(toMultiplesOf: scale),
            DecimalNumber(raw).multiplied(by: scale) == value
        else { return "error: \"\(text)\" is no total of \(id), which counts in steps of \(step(of: point))" }
        guard let now = io.counts.first(where: { $0.id == id }) else {
            return "error: what \(id) counted before is not known yet: the store is not open"
        }
        let (correction, overflow) = raw.subtractingReportingOverflow(now.count)
        guard !overflow else { return "error: \"\(text)\" is too large" }
        let before = await path.state.value(id, in: Self.namespace)
        let record = "\(correction) \(UTCText.text(time.realTime())) set to \(text) by \(user)"
        guard await path.state.set(id, in: Self.namespace, to: Array(record.utf8)) else {
            await path.state.set(id, in: Self.namespace, to: before)
            return "error: nothing was set: the state directory cannot be written"
        }
        io.post(.correct(id: id, correction: correction))
        logger.notice(
            "a total was set",
            metadata: ["counter": "\(id)", "to": "\(text)", "pulses": "\(now.count)", "user": "\(user)"])
        return "\(id) is \(text)\(point.unit.isEmpty ? "" : " \(point.unit)") now"
    }

    private func step(of point: PointDefinition) -> String {
        guard case .linear(let scale, _) = point.scaling else { return "1" }
        return "\(scale) \(point.unit)"
    }
}
