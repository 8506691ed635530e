internal import GatewayModel
internal import Logging

/// Feeds whoever watches over the daemon, and only while every part of it makes progress: a worker that hangs in a
/// driver, a disk that does not answer, or a cooperative pool that stands still stop the feeding, and the daemon is
/// restarted. Its own waiting is on that pool, which is part of the proof.
struct Supervisor: Sendable {
    /// Without anyone to feed it still looks, so that a part that hangs is in the log.
    static let idlePeriod: Nanoseconds = .seconds(10)
    /// Never more often, whatever the manager asks for.
    static let shortestPeriod: Nanoseconds = .milliseconds(100)

    let parts: [Progress]
    let period: Nanoseconds
    let feed: @Sendable () -> Void
    let logger: Logger

    /// - Parameter timeout: after which the one who is fed acts; nil: nobody is.
    init(parts: [Progress], timeout: Nanoseconds?, logger: Logger, feed: @escaping @Sendable () -> Void) {
        self.parts = parts
        // At half the period, as sd_watchdog_enabled(3) says.
        period = timeout.map { max($0 / 2, Self.shortestPeriod) } ?? Self.idlePeriod
        self.feed = feed
        self.logger = logger
    }

    /// One look. `known`: what was stalled at the last one, so that only changes are logged.
    func look(at now: BootTime, known: inout Set<String>) {
        let stalled = parts.stalled(at: now)
        for (part, rest) in stalled where !known.contains(part) {
            logger.critical(
                "no progress, the watchdog is not fed",
                metadata: ["part": "\(part)", "for_s": "\(rest / 1_000_000_000)"])
        }
        for part in known.subtracting(stalled.map(\.part)).sorted() {
            logger.notice("makes progress again", metadata: ["part": "\(part)"])
        }
        known = Set(stalled.map(\.part))
        if stalled.isEmpty { feed() }
    }
}
