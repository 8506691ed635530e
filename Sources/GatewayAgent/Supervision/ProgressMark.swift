internal import GatewayModel
internal import Synchronization

/// When a part that has no figure of its own last came round. Any thread.
final class ProgressMark: Sendable {
    private let moment: Atomic<Int64>

    init(_ now: BootTime) { moment = Atomic(now.nanoseconds) }

    func set(_ now: BootTime) { moment.store(now.nanoseconds, ordering: .releasing) }
    var last: BootTime { BootTime(nanoseconds: moment.load(ordering: .acquiring)) }
}
