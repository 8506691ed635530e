package import GatewayModel

/// The bus time that all silent devices of a bus may cost together: 2 % of the time that passes.
///
/// Two purses share it. Devices that have answered before draw on one that gets three quarters, devices that never
/// have on one that gets a quarter; what one does not need flows into the other. So devices that were configured but
/// never connected, each of which costs a whole response timeout, do not delay finding one that went away.
package struct ProbeBudget: Hashable, Sendable {
    /// One part in 50 of bus time.
    package static let parts: Int64 = 50
    /// What a purse may hold at most for a burst, unless a single probe costs more.
    package static let largestBurst: Nanoseconds = .milliseconds(500)

    package enum Purse: Int, CaseIterable, Sendable {
        case known, never
    }

    private var held: [Nanoseconds] = [0, 0]
    private var limits: [Nanoseconds] = [0, 0]
    private var filled: BootTime

    package init(now: BootTime) { filled = now }

    package subscript(_ purse: Purse) -> Nanoseconds { held[purse.rawValue] }

    /// Adds what has come due since the last call.
    ///
    /// - Parameter costs: of one probe of each silent device that draws on a purse.
    package mutating func fill(now: BootTime, costs: (known: [Nanoseconds], never: [Nanoseconds])) {
        limits = [Self.limit(costs.known), Self.limit(costs.never)]
        held = zip(held, limits).map { min($0, $1) }
        let earned = max(0, now - filled) / Self.parts
        guard earned > 0 else { return }
        filled = filled + earned * Self.parts
        let spill = add(earned - earned / 4, to: 0) + add(earned / 4, to: 1)
        _ = add(add(spill, to: 0), to: 1)
    }

    /// May go below zero: then nothing is probed until it has been made up.
    package mutating func spend(_ busy: Nanoseconds, from purse: Purse) { held[purse.rawValue] -= busy }

    /// Adds up to the purse's limit; returns what is left over.
    private mutating func add(_ amount: Nanoseconds, to purse: Int) -> Nanoseconds {
        let taken = min(amount, max(0, limits[purse] - held[purse]))
        held[purse] += taken
        return amount - taken
    }

    private static func limit(_ costs: [Nanoseconds]) -> Nanoseconds {
        max(costs.max() ?? 0, min(costs.reduce(0, +), largestBurst))
    }

    /// How often a device of each purse can be probed for ever; at least `DeviceAvailability.probeInterval`.
    package static func intervals(
        costs: (known: [Nanoseconds], never: [Nanoseconds])
    ) -> (known: Nanoseconds, never: Nanoseconds) {
        let aim = DeviceAvailability.probeInterval
        let known = costs.known.reduce(0, +)
        let never = costs.never.reduce(0, +)
        // What one purse earns in `aim`, and what it lets flow into the other.
        let earned = aim / parts
        let forKnown = max(earned - earned / 4, earned - never)
        let forNever = max(earned / 4, earned - known)
        return (
            max(aim, Int64((Double(aim) * Double(known) / Double(forKnown)).rounded(.up))),
            max(aim, Int64((Double(aim) * Double(never) / Double(forNever)).rounded(.up)))
        )
    }
}
