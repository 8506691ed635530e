internal import GatewayModel

/// After a PUBACK that is no acknowledgement: nothing is sent for a while, then one batch as a probe.
struct RefusalPause {
    /// Refusals of one batch by itself before it is put aside.
    static let mostTries = 3
    /// Batches whose refusals are counted.
    static let countedBatches = 64

    private(set) var current: Refusal?
    private(set) var until: BootTime?
    private var backOff: BackOff
    private let limit: Nanoseconds
    private var tries: [BatchKey: Int] = [:]

    init(timing: ReceiverTiming, seed: UInt64) {
        backOff = BackOff(first: timing.refusalFirst, seed: seed)
        limit = timing.refusalMost
    }

    /// Nothing is sent now.
    var isPausing: Bool { until != nil }
    /// The pause is over and nothing has been accepted yet: one batch at a time.
    var isProbing: Bool { current != nil && until == nil }

    /// - Returns: true when the batch should be put aside.
    mutating func refused(_ refusal: Refusal, batch: BatchKey?, now: BootTime) -> Bool {
        current = refusal
        // Everything that was on its way is refused for the same reason: one pause.
        if until == nil { until = now + backOff.next(limit: limit) }
        guard refusal.scope == .batch, let batch else { return false }
        if tries[batch] == nil, tries.count >= Self.countedBatches { tries.removeAll() }
        tries[batch, default: 0] += 1
        guard tries[batch] == Self.mostTries else { return false }
        tries[batch] = nil
        return true
    }

    /// True once, when the pause has ended and the probe is due.
    mutating func ended(now: BootTime) -> Bool {
        guard let until, now >= until else { return false }
        self.until = nil
        return true
    }

    mutating func accepted() {
        current = nil
        until = nil
        backOff.reset()
    }

    /// Perhaps with another configuration: tried at once.
    mutating func brokerRestarted() {
        until = nil
        backOff.reset()
        tries.removeAll()
    }
}
