internal import DigitalIO
internal import FieldBus
internal import GatewayModel
internal import Storage
internal import Telemetry
internal import Uplink

/// Everything that `gatewayctl status` shows, taken at one moment. Collecting it waits for nothing.
struct StationStatus {
    var now: BootTime
    var realTime: Nanoseconds
    var configuration: GatewayConfiguration
    var started: BootTime
    var boot: BootID
    var anchor: WallAnchor?
    var clockSource: String
    var buses: [BusStatus]
    var lines: [DigitalStatus]
    var alarms: [AlarmEngine.Active]
    var store: OutboxStatus
    var uplinks: [ReceiverStatus]
    var ring: (waiting: Int, capacity: Int, lost: UInt64)
    var queue: (waiting: Int, capacity: Int, lost: UInt64)
    var volatile: StoreQueue.VolatileStatus

    var uptime: Nanoseconds { now - started }

    /// What a kill or power cut may cost: everything read longer ago than this has been stored (invariant 2). nil: the
    /// store cannot be written, and what no receiver has acknowledged is in memory only.
    var lossBound: Nanoseconds? { volatile.since == nil ? configuration.store.seal + .seconds(1) : nil }

    /// At the pace since the start.
    var bytesWrittenPerDay: Int64? {
        store.bytesWritten.map { Int64(Double($0) * 86_400 / Double(max(uptime / 1_000_000_000, 1))) }
    }

    /// UTC in ms of a moment of this boot; nil while the clock is not trusted.
    func wall(_ time: BootTime) -> Int64? {
        guard let anchor, anchor.isTrusted(at: now) else { return nil }
        return anchor.realTime(at: time) / 1_000_000
    }

    /// Up to so many unsent batches are everyday business.
    static let smallBacklog: UInt64 = 16

    /// What one receiver does not have yet. `timeLeft` is nil while nothing has been measured.
    func backlog(of index: Int) -> (left: UInt64, donePercent: Int, timeLeft: Nanoseconds?) {
        let status = uplinks[index]
        let stored = store.receivers.first { $0.id == configuration.uplinks[index].id }
        let left = stored?.unacknowledged ?? 0
        let done = Double(status.backlog.done)
        let percent = left == 0 ? 100 : Int(100 * done / (done + Double(left)))
        return (left, percent, status.connected ? status.backlog.timeLeft(for: left) : nil)
    }

    /// How long ago the oldest batch was read that a receiver does not have; nil: it has all, or the age is not known
    /// (an earlier boot without a clock).
    func backlogAge(_ receiver: OutboxStatus.Receiver) -> Nanoseconds? {
        guard let oldest = receiver.oldestUnsent else { return nil }
        if oldest.boot == boot { return max(0, now - oldest.bootTime) }
        guard let anchor, let then = oldest.wall else { return nil }
        return max(0, anchor.realTime(at: now) - then)
    }
}
