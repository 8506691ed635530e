internal import DigitalIO
internal import FieldBus
internal import GatewayModel
internal import Logging
internal import Uplink

/// Who watches over whom: the parts of the daemon are looked at, and while all of them move, the one who would restart
/// the daemon or the board is fed.
extension GatewayAgent {
    /// A worker that is well comes round within 6 s or twice its longest response timeout.
    private static let busPatience: Nanoseconds = .seconds(15)
    /// Flash that cleans up after itself can hold a write for seconds, and reading a damaged store whole takes a
    /// minute on a slow board; longer is a disk that does not answer.
    private static let storePatience: Nanoseconds = .seconds(300)
    /// A name server that does not answer holds the receiver's thread for up to half a minute.
    private static let receiverPatience: Nanoseconds = .seconds(90)

    /// Arms whoever there is to feed, and begins to look.
    func supervise() {
        let timeout: Nanoseconds?
        let feed: @Sendable () -> Void
        if let manager {
            // With a service manager the board's watchdog is the manager's own business.
            timeout = manager.watchdogPeriod
            feed = { manager.tell(ServiceManager.alive) }
        } else if let watchdog = armWatchdog() {
            timeout = watchdog.timeout
            feed = { watchdog.feed() }
        } else {
            timeout = nil
            feed = {}
        }
        let supervisor = Supervisor(parts: parts(), timeout: timeout, logger: logger, feed: feed)
        let time = time
        tasks.append(
            Task {
                var known: Set<String> = []
                while !Task.isCancelled {
                    supervisor.look(at: time.bootTime(), known: &known)
                    try? await Task.sleep(for: .nanoseconds(supervisor.period))
                }
                // The clean stop takes at most 5 s.
                feed()
            })
    }

    private func armWatchdog() -> HardwareWatchdog? {
        guard let description = configuration.board.watchdog else { return nil }
        do throws(HardwareWatchdog.Failure) {
            let armed = try HardwareWatchdog(description)
            watchdog = armed
            return armed
        } catch {
            logger.error("the board's watchdog is not used", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    func parts() -> [Progress] {
        let longest = configuration.buses.map(\.responseTimeout).max() ?? 0
        let patience = max(Self.busPatience, 3 * longest)
        let (storeProgress, io) = (storeProgress, io)
        let lines = io.hasLines ? [Progress(part: "io", patience: Self.busPatience) { io.lastProgress }] : []
        return lines
            + workers.map { worker in
                Progress(part: "bus \(worker.id)", patience: patience) { worker.lastProgress }
            } + [Progress(part: "store", patience: Self.storePatience) { storeProgress.last }]
            + zip(configuration.uplinks, receivers).map { uplink, receiver in
                Progress(part: "receiver \(uplink.id)", patience: Self.receiverPatience) { receiver.lastProgress }
            }
    }
}
