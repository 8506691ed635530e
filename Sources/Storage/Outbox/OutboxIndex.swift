internal import GatewayModel

/// Which batches are stored, who has acknowledged what, and which may not be sent yet: all that the questions of the
/// uplinks need, in memory, without touching the file. Pure.
struct OutboxIndex: Sendable {
    /// Ranges that one set may have. An acknowledgement or a deletion that would make more is not recorded; the
    /// receiver is sent the same bytes again, or the batch stays a while longer.
    static let rangeLimit = 4096
    /// An alarm a second for 17 minutes: more than can be held back.
    static let urgentLimit: UInt64 = 1024

    struct Receiver: Hashable, Sendable {
        var id: String
        var must: Bool
        var acknowledged = SequenceSet()
    }

    var stored = SequenceSet()
    var receivers: [Receiver]
    /// The newest number ever given, 0 before the first.
    var lastSequence: UInt64 = 0
    /// Sealed without a clock anchor and still waiting for one: not to be sent.
    var held: ClosedRange<UInt64>?
    /// Stored batches with alarms, which go first and wait for no anchor; of more than ``urgentLimit`` the newest.
    private(set) var urgent = SequenceSet()
    /// Batches that take the place of others, and batches that were never handed out.
    var regions = BatchRegions()

    init(receivers: [OutboxReceiver]) {
        self.receivers = receivers.map { Receiver(id: $0.id, must: $0.must) }
    }

    /// Batches that `receiver` should get, oldest data first, beginning behind number `start` - 1 in that order (0: with
    /// the first). Batches that take the place of others come before all that are as they were sealed.
    func unacknowledged(by receiver: ReceiverIndex, from start: UInt64, limit: Int) -> [UInt64] {
        guard receivers.indices.contains(receiver), limit > 0 else { return [] }
        let acknowledged = receivers[receiver].acknowledged
        var result: [UInt64] = []
        let reached = start > 0 ? regions.region(of: start - 1) : .stripped
        for region in Region.allCases where region >= reached {
            var candidate = next(in: region, from: region == reached ? start : 0)
            while let number = candidate, result.count < limit {
                if let done = acknowledged.range(containing: number) ?? heldRange(containing: number) {
                    candidate = next(in: region, from: done.upperBound + 1)
                } else {
                    result.append(number)
                    candidate = next(in: region, from: number + 1)
                }
            }
        }
        return result
    }

    /// The newest first, downwards from `start`. What takes the place of others holds no newest readings.
    func unacknowledged(by receiver: ReceiverIndex, downFrom start: UInt64, limit: Int) -> [UInt64] {
        guard receivers.indices.contains(receiver), limit > 0 else { return [] }
        let acknowledged = receivers[receiver].acknowledged
        var result: [UInt64] = []
        var candidate = stored.previous(from: start)
        while let number = candidate, result.count < limit {
            let done =
                acknowledged.range(containing: number) ?? heldRange(containing: number)
                ?? regions.all.range(containing: number)
            if done == nil { result.append(number) }
            let next = done?.lowerBound ?? number
            candidate = next == 0 ? nil : stored.previous(from: next - 1)
        }
        return result
    }

    func mayBeSent(_ number: UInt64) -> Bool { stored.contains(number) && heldRange(containing: number) == nil }

    /// - Returns: false when nothing changed.
    mutating func acknowledge(_ number: UInt64, by receiver: ReceiverIndex) -> Bool {
        guard receivers.indices.contains(receiver), stored.contains(number),
            !receivers[receiver].acknowledged.contains(number)
        else { return false }
        var set = receivers[receiver].acknowledged
        set.insert(number)
        guard set.ranges.count <= Self.rangeLimit else { return false }
        receivers[receiver].acknowledged = set
        return true
    }

    /// Stored batches that every receiver which must have them has acknowledged. When no receiver is marked `must`,
    /// all of them are asked, so that something is ever sent.
    var deletable: SequenceSet {
        let must = receivers.contains { $0.must } ? receivers.filter(\.must) : receivers
        guard let first = must.first else { return SequenceSet() }
        return must.dropFirst().reduce(stored.intersection(first.acknowledged)) { $0.intersection($1.acknowledged) }
    }

    func unacknowledgedCount(by receiver: ReceiverIndex) -> UInt64 {
        stored.count - stored.intersection(receivers[receiver].acknowledged).count
    }

    mutating func remove(_ range: ClosedRange<UInt64>) {
        stored.remove(range)
        urgent.remove(range)
        regions.remove(range)
        // What lies below the oldest stored batch needs no acknowledgement any more.
        let oldest = stored.first ?? (lastSequence + 1)
        guard oldest > 1 else { return }
        for index in receivers.indices { receivers[index].acknowledged.remove(0...(oldest - 1)) }
    }

    /// Around a number, without those that wait for nothing.
    private func heldRange(containing number: UInt64) -> ClosedRange<UInt64>? {
        guard let held, held.contains(number), !urgent.contains(number) else { return nil }
        let before = urgent.previous(from: number).map { $0 + 1 } ?? 0
        let behind = urgent.next(from: number).map { $0 - 1 } ?? .max
        return max(held.lowerBound, before)...min(held.upperBound, behind)
    }

    var heldCount: UInt64 {
        guard let held else { return 0 }
        let waiting = stored.intersection(SequenceSet([held]))
        return waiting.count - waiting.intersection(urgent).count
    }

    // MARK: Alarms

    /// - Parameter numbers: stored ones.
    mutating func noteUrgent(_ numbers: SequenceSet) {
        for range in numbers.ranges { urgent.insert(range) }
        while urgent.count > Self.urgentLimit, let oldest = urgent.first { urgent.remove(oldest...oldest) }
    }

    /// Batches with alarms that `receiver` should get and that may be sent, oldest first.
    func urgent(for receiver: ReceiverIndex, limit: Int) -> [UInt64] {
        guard receivers.indices.contains(receiver) else { return [] }
        let acknowledged = receivers[receiver].acknowledged
        var result: [UInt64] = []
        var candidate = urgent.next(from: 0)
        while let number = candidate, result.count < limit {
            if let done = acknowledged.range(containing: number) {
                candidate = urgent.next(from: done.upperBound.addingClamped(1))
            } else {
                result.append(number)
                candidate = urgent.next(from: number.addingClamped(1))
            }
        }
        return result
    }
}
