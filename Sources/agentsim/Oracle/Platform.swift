internal import GatewayModel
internal import Telemetry

/// What one receiver got, judged as it comes: the same key is the same bytes, each reading comes under one key only,
/// with its value, with a time that is right within the error it states, and in order.
struct Platform {
    struct Tally {
        var batches = 0, duplicates = 0, untrusted = 0
        /// Sent from memory, while the store could not be written: under an epoch that says so.
        var volatile = 0
        /// How wrong a trusted time was at most, and at most as a share of what it stated.
        var worstError: Nanoseconds = 0
        var worstShare = 0.0
        var gaps: [GapReason: Int] = [:]
    }

    let name: String
    private(set) var tally = Tally()
    /// A checksum for every key that came, 16 bytes a batch for ever; room for a whole life is taken at once. A key is
    /// the place of its epoch, in the upper 16 bits, and its sequence.
    private var fingerprints: [UInt64: UInt64] = [:]
    private var epochs: [Epoch: UInt64] = [:]
    private var order = BatchOrder()
    private(set) var alarms = AlarmStory()

    init(name: String, expectedBatches: Int) {
        self.name = name
        fingerprints.reserveCapacity(expectedBatches)
    }

    /// Profile `batch`.
    ///
    /// - Parameter log: nil: another receiver settles the readings; here only the keys count.
    mutating func take(
        _ payload: [UInt8], busOf: [Int], truth: Nanoseconds, log: inout ReadingLog, settles: Bool,
        complaints: inout Complaints
    ) {
        let envelope: BatchEnvelope
        let content: BatchContent
        do {
            envelope = try BatchEnvelope.decode(payload)
            content = try envelope.content()
        } catch {
            return complaints.add("\(name): not a batch: \(error)")
        }
        guard isNew(envelope.key, payload, &complaints), settles else { return }
        guard let boot = log.number(of: envelope.batch.boot) else {
            return complaints.add("\(name): batch \(envelope.key.sequence) of a boot that never was")
        }
        if !envelope.hasTrustedClock { tally.untrusted += 1 }
        order.note(envelope.key, boot: boot, content: content, busOf: busOf) { complaints.add("\(name): \($0)") }
        for reading in content.readings where reading.quality == .good {
            judge(reading, envelope, truth, &log, &complaints)
        }
        alarms.note(content.alarms, envelope.key, boot: boot) { complaints.add("\(name): alarm \($0)") }
        for gap in content.gaps { judge(gap, envelope, boot: boot, busOf: busOf, log: &log) }
    }

    /// Profile `json`: the key as it stands in the text.
    mutating func takeJSON(_ payload: [UInt8], complaints: inout Complaints) {
        guard let value = try? JSONValue.parse(payload, maximumBytes: 4 << 20, maximumDepth: 8),
            case .object = value, let key = Self.key(value)
        else { return complaints.add("\(name): not a JSON batch") }
        _ = isNew(key, payload, &complaints)
    }

    private mutating func isNew(_ key: BatchKey, _ payload: [UInt8], _ complaints: inout Complaints) -> Bool {
        let fingerprint = payload.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let epoch = epochs[key.epoch] ?? UInt64(epochs.count)
        epochs[key.epoch] = epoch
        guard let before = fingerprints.updateValue(fingerprint, forKey: epoch << 48 | key.sequence) else {
            tally.batches += 1
            if key.epoch.isVolatile { tally.volatile += 1 }
            return true
        }
        tally.duplicates += 1
        if before != fingerprint { complaints.add("\(name): batch \(key.sequence) came twice with different bytes") }
        return false
    }

    private mutating func judge(
        _ reading: Reading, _ envelope: BatchEnvelope, _ now: Nanoseconds, _ log: inout ReadingLog,
        _ complaints: inout Complaints
    ) {
        let (verdict, truth) = log.arrive(reading, boot: envelope.batch.boot)
        let place =
            "\(name): point \(reading.point) at \(reading.time.milliseconds) ms in batch \(envelope.key.sequence)"
        switch verdict {
        case .unknown: return complaints.add("\(place): never read, or it came under two keys")
        case .wrongValue: complaints.add("\(place): not the value that was read")
        case .expected: break
        }
        guard envelope.hasTrustedClock, let anchor = envelope.batch.anchor else { return }
        let error = abs(anchor.realTime(at: reading.time) - truth)
        // Times are cut to whole milliseconds.
        let stated = anchor.error(at: reading.time) + .milliseconds(1)
        tally.worstError = max(tally.worstError, error)
        tally.worstShare = max(tally.worstShare, Double(error) / Double(stated))
        if error > stated {
            complaints.add("\(place): dated \(error / 1_000_000) ms wrong, at most \(stated / 1_000_000) stated")
        }
    }

    private mutating func judge(
        _ gap: Gap, _ envelope: BatchEnvelope, boot: Int, busOf: [Int], log: inout ReadingLog
    ) {
        tally.gaps[gap.reason, default: 0] += 1
        // Bad spans of devices and ports are told where readings are bad; they excuse the loss of none.
        guard ![.bus, .device, .port].contains(gap.reason) else { return }
        let points: Range<Int>
        switch gap.scope {
        case .point(let point): points = point..<(point + 1)
        case .everything: points = 0..<busOf.count
        }
        let span = GapSpan(gap, boot: boot)
        log.cover(points, explains: gap.reason != .agentOff) { span.contains($1, boot: $0) }
    }

    private static func key(_ value: JSONValue) -> BatchKey? {
        guard let text = value["epoch"]?.string, let sequence = value["sequence"]?.unsigned else { return nil }
        return Epoch(text: text).map { BatchKey(epoch: $0, sequence: sequence) }
    }
}
