internal import GatewayModel

/// A part of the daemon that must keep moving, and when it last did.
struct Progress: Sendable {
    /// For the log: `bus meters`, `store`, `receiver city`.
    let part: String
    /// How long it may rest at most while all is well.
    let patience: Nanoseconds
    /// Any thread; never waits for the part.
    let last: @Sendable () -> BootTime

    func isStalled(at now: BootTime) -> Bool { now - last() > patience }
}

extension [Progress] {
    /// The parts that do not move any more, with how long they have rested.
    func stalled(at now: BootTime) -> [(part: String, rest: Nanoseconds)] {
        filter { $0.isStalled(at: now) }.map { ($0.part, now - $0.last()) }
    }
}
