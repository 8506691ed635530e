internal import GatewayModel

/// Acknowledgements that are in memory only.
struct UnsavedAcknowledgements: Hashable, Sendable {
    /// From so many on they are written.
    static let limit = 256
    /// They are written at the latest after this time.
    static let longest: Nanoseconds = .seconds(60)
    /// From this age on they are written along with an append, which saves a transaction of their own.
    static let early: Nanoseconds = .seconds(50)

    private(set) var count = 0
    private(set) var since: BootTime?
    /// A transaction's share was deleted, and more is waiting.
    var leaveMoreToDelete = false

    mutating func add(at now: BootTime) {
        count += 1
        since = since ?? now
    }

    /// Whether they should go with an append that is being made anyway.
    func ride(at now: BootTime) -> Bool { isDue(at: now) || age(at: now) >= Self.early }
    func isDue(at now: BootTime) -> Bool {
        leaveMoreToDelete || count >= Self.limit || age(at: now) >= Self.longest
    }

    private func age(at now: BootTime) -> Nanoseconds { since.map { now - $0 } ?? 0 }
}
