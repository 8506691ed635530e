internal import FieldBus
internal import GatewayModel
internal import Storage
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
    var store: OutboxStatus
    var uplinks: [ReceiverStatus]
    var ring: (waiting: Int, capacity: Int, lost: UInt64)
    var queue: (waiting: Int, capacity: Int, lost: UInt64)

    var uptime: Nanoseconds { now - started }

    /// What a kill or power cut may cost: everything read longer ago than this has been stored (invariant 2).
    var lossBound: Nanoseconds { configuration.store.seal + .seconds(1) }

    /// UTC in ms of a moment of this boot; nil while the clock is not trusted.
    func wall(_ time: BootTime) -> Int64? {
        guard let anchor, anchor.isTrusted(at: now) else { return nil }
        return anchor.realTime(at: time) / 1_000_000
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
