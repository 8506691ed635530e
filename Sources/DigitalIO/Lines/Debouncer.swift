package import GatewayModel

/// Lets a change of level count once it has lasted so long. For lines whose edges the kernel does not debounce.
package struct Debouncer: Sendable {
    package let period: Nanoseconds
    /// What counts.
    package private(set) var level: Bool
    /// The other level, and since when it has lasted; nil: the line is at `level`.
    private var pendingSince: BootTime?

    package init(period: Nanoseconds, level: Bool) {
        self.period = period
        self.level = level
    }

    /// When ``tick(now:)`` will let a change count, if the line stays as it is; nil: none waits.
    package var deadline: BootTime? { pendingSince.map { $0 + period } }

    /// Takes an edge. Edges come in the order of their times.
    /// - Returns: when the change before it began to count; nil: it did not last, or there was none.
    package mutating func edge(to isActive: Bool, at time: BootTime) -> BootTime? {
        let counted = tick(now: time)
        pendingSince = isActive == level ? nil : time
        return counted
    }

    /// - Returns: when a change began to count; nil: nothing has changed. The new level is in ``level``.
    package mutating func tick(now: BootTime) -> BootTime? {
        guard let deadline, deadline <= now else { return nil }
        level.toggle()
        pendingSince = nil
        return deadline
    }
}
