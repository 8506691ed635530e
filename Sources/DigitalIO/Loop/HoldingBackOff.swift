internal import GatewayModel

/// Between two tries to get a line that is not to be had: 1 s, 2 s, ... 30 s.
struct HoldingBackOff {
    private var pause: Nanoseconds = 0
    /// nil: try at once.
    private(set) var next: BootTime?

    mutating func failed(now: BootTime) {
        pause = min(max(2 * pause, .seconds(1)), .seconds(30))
        next = now + pause
    }

    mutating func succeeded() {
        pause = 0
        next = nil
    }
}
