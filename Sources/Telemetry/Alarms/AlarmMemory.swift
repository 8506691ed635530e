package import GatewayModel

/// What of an alarm outlives the process, as one number that only ever rises: of two copies the larger is the newer.
///
/// From the top: 35 bits of episode, one bit "raised", 27 bits of the delay that has passed, in ms (up to 37 h; a delay is
/// at most a day). Kept with the counters' totals, under `alarm:ID`.
package struct AlarmMemory: Hashable, Sendable {
    package static let keyPrefix = "alarm:"
    private static let delayBits: Int64 = 27
    private static let longestDelay: Int64 = 1 << delayBits - 1
    /// Episodes begun before the store could be read have numbers from here on: what the store knows is below.
    package static let firstWithoutStore: Int64 = 1 << 32
    static let lastEpisode: Int64 = 1 << 35 - 1

    /// The episode that lasts, or the next one.
    package var episode: Int64
    package var isRaised: Bool
    /// How long the cause has lasted, rounded down to ms; 0 while raised.
    package var passed: Nanoseconds

    package init(episode: Int64 = 1, isRaised: Bool = false, passed: Nanoseconds = 0) {
        self.episode = episode
        self.isRaised = isRaised
        self.passed = passed
    }

    /// nil: no such number.
    package init?(_ number: Int64) {
        guard number > 0 else { return nil }
        episode = number >> (Self.delayBits + 1)
        isRaised = number >> Self.delayBits & 1 != 0
        passed = .milliseconds(number & Self.longestDelay)
    }

    package var number: Int64 {
        let delay = min(max(passed / .milliseconds(1), 0), Self.longestDelay)
        return min(episode, Self.lastEpisode) << (Self.delayBits + 1) | (isRaised ? 1 << Self.delayBits : 0) | delay
    }
}
