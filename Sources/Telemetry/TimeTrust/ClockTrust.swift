package import GatewayModel

/// Decides when the wall clock may be believed, and gives this boot's anchor (architecture, invariant 9).
///
/// The line between boot time and UTC is drawn once per boot and never moves, so that no step of the clock reorders
/// readings. While the kernel says that its clock is right and close to the line, the line's error is stated anew, so
/// that it does not grow without need: 100 ppm of 33 days are 5 minutes.
package struct ClockTrust: Sendable {
    /// 2026-01-01T00:00:00Z: earlier than anything this program can have seen. A clock before it is wrong whatever
    /// the kernel says.
    package static let earliest = Nanoseconds.seconds(1_767_225_600)
    /// The kernel's own bound for "synchronised", in microseconds (systemd uses the same).
    package static let largestKernelError = 16_000_000
    /// How wrong a battery clock is taken to be: it counts whole seconds, and drifted while the board was off.
    package static let batteryClockError = Nanoseconds.seconds(2)

    /// To be put into batches as they are sealed; nil: the time is not known yet.
    package private(set) var anchor: WallAnchor?
    private let hasBatteryClock: Bool
    private let lastKnown: Nanoseconds

    /// - Parameters:
    ///   - hasBatteryClock: the board says so.
    ///   - lastKnownTime: the latest UTC that was ever trusted on this box, ns since 1970; nil: never.
    ///   - anchor: this boot's, if an earlier run of the agent has taken it.
    package init(hasBatteryClock: Bool, lastKnownTime: Nanoseconds?, anchor: WallAnchor? = nil) {
        self.hasBatteryClock = hasBatteryClock
        self.lastKnown = max(lastKnownTime ?? 0, Self.earliest)
        self.anchor = anchor
    }

    /// Looks at the clocks, both read at the same moment.
    ///
    /// - Parameters:
    ///   - maximumError: `maxerror` of adjtimex(2) in microseconds; negative: cannot be read.
    ///   - realTime: CLOCK_REALTIME, ns since 1970.
    /// - Returns: the anchor when it was just taken; nil before and ever after.
    package mutating func observe(maximumError: Int, bootTime: BootTime, realTime: Nanoseconds) -> WallAnchor? {
        let isSynchronised =
            maximumError >= 0 && maximumError < Self.largestKernelError && realTime >= Self.earliest
        let kernelError = Nanoseconds.microseconds(Int64(maximumError))
        if let anchor {
            let line = anchor.realTime(at: bootTime)
            let error = abs(realTime - line) + kernelError
            if isSynchronised, error < anchor.error(at: bootTime) {
                self.anchor = WallAnchor(bootTime: bootTime, realTime: line, error: error)
            }
            return nil
        }
        if isSynchronised {
            anchor = WallAnchor(bootTime: bootTime, realTime: realTime, error: kernelError)
        } else if hasBatteryClock, realTime >= lastKnown {
            anchor = WallAnchor(bootTime: bootTime, realTime: realTime, error: Self.batteryClockError)
        }
        return anchor
    }
}
