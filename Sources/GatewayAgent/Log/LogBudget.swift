internal import GatewayModel

/// How many log lines may pass: a bucket of 200 that refills at 20 lines a second. A line that does not pass is
/// counted, and the count is told with the next that does, so that a storm cannot wear out the flash of the board.
struct LogBudget: Sendable {
    static let burst = 200.0
    static let perSecond = 20.0

    private var tokens = LogBudget.burst
    private var last: BootTime?
    private var suppressed = 0

    /// - Returns: nil when the line must not pass; else how many were held back since the last that passed.
    mutating func spend(at now: BootTime) -> Int? {
        if let last { tokens = min(Self.burst, tokens + Double(now - last) / 1e9 * Self.perSecond) }
        last = now
        guard tokens >= 1 else {
            suppressed += 1
            return nil
        }
        tokens -= 1
        defer { suppressed = 0 }
        return suppressed
    }
}
