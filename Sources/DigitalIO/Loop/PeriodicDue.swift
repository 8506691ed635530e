internal import GatewayModel

/// The moments at which a point is due: multiples of its period since the epoch, as all points of the gateway.
struct PeriodicDue {
    let period: Nanoseconds
    /// nil: at once.
    private(set) var next: BootTime?

    init(_ period: SamplingPeriod) {
        if case .every(let period) = period {
            self.period = max(period, .milliseconds(100))
        } else {
            self.period = .seconds(10)
        }
    }

    /// - Parameter offset: UTC - CLOCK_BOOTTIME, 0 while it is not known.
    /// - Returns: whether it is due; then it is so again after the next multiple.
    mutating func take(now: BootTime, offset: Nanoseconds) -> Bool {
        if let next, now < next { return false }
        let wall = now.nanoseconds + offset
        next = BootTime(nanoseconds: (wall / period + 1) * period - offset)
        return true
    }
}
