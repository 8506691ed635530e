import GatewayModel
import Synchronization

/// A clock that a simulation moves.
final class VirtualTime: TimeSource {
    private let now = Mutex(BootTime(nanoseconds: .seconds(100)))

    func bootTime() -> BootTime { now.withLock { $0 } }
    /// Half a century after 1970; the receivers do not look at it.
    func realTime() -> Nanoseconds { .seconds(1_800_000_000) + bootTime().nanoseconds }
    func move(to time: BootTime) { now.withLock { $0 = max($0, time) } }
}
