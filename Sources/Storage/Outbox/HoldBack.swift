internal import GatewayModel

/// When batches that were sealed without a clock anchor are let go (architecture, invariant 9). Pure.
struct HoldBack: Hashable, Sendable {
    static let longest: Nanoseconds = .seconds(600)

    struct Entry: Hashable, Sendable {
        var due: BootTime
        var through: UInt64
    }

    /// In order of number. Batches of the same second share an entry, so there are at most 601.
    private(set) var entries: [Entry] = []

    mutating func add(_ number: UInt64, sealedAt time: BootTime, now: BootTime) {
        let due = min(time, now) + Self.longest
        if let last = entries.last, due.nanoseconds / .seconds(1) <= last.due.nanoseconds / .seconds(1) {
            entries[entries.count - 1].through = number
        } else {
            entries.append(Entry(due: due, through: number))
        }
    }

    /// The newest batch that has waited long enough; nil: none.
    func due(at now: BootTime) -> UInt64? { entries.last { $0.due <= now }?.through }

    mutating func release(through number: UInt64) { entries.removeAll { $0.through <= number } }
    mutating func releaseAll() { entries = [] }
}
