internal import GatewayModel

/// The share of the last minute in which a bus was busy, in steps of a second.
struct LoadMeter: Sendable {
    private static let slots = 60
    private static let slot: Nanoseconds = .seconds(1)

    private var busy = [Nanoseconds](repeating: 0, count: slots)
    private var current: Int64
    private let begin: BootTime

    init(now: BootTime) {
        begin = now
        current = now.nanoseconds / Self.slot
    }

    /// Counts a transaction where it ended.
    mutating func add(_ time: Nanoseconds, at now: BootTime) {
        advance(to: now)
        busy[Int(current % Int64(Self.slots))] += time
    }

    /// 0...1, over the last minute or since the begin.
    mutating func share(at now: BootTime) -> Double {
        advance(to: now)
        let span = min(now - begin, Self.slot * Int64(Self.slots - 1) + now.nanoseconds % Self.slot)
        guard span > 0 else { return 0 }
        return min(1, Double(busy.reduce(0, +)) / Double(span))
    }

    private mutating func advance(to now: BootTime) {
        let slot = now.nanoseconds / Self.slot
        guard slot > current else { return }
        for passed in max(current + 1, slot - Int64(Self.slots) + 1)...slot {
            busy[Int(passed % Int64(Self.slots))] = 0
        }
        current = slot
    }
}
