package import GatewayModel

/// How a receiver is doing, for `status` and the watchdog.
package struct ReceiverStatus: Sendable {
    /// CONNACK has come and the connection stands.
    package var connected = false
    /// When `connected` last changed; nil before the first change.
    package var since: BootTime?
    /// What is wrong, in plain words; nil when all is well.
    package var problem: String?
    /// What can be done about `problem`.
    package var remedy: String?
    package var problemSince: BootTime?
    /// The broker took a batch but nobody is subscribed to it (PUBACK reason 0x10).
    package var nobodyListens = false
    package var lastAcknowledged: BatchKey?
    package var lastAcknowledgedAt: BootTime?
    /// Batches that are fetched or published and not acknowledged.
    package var inFlight = 0
    /// `ack: platform`: batches that the broker has and the platform has not acknowledged.
    package var awaitingPlatform = 0
    /// Everything that the store held for this receiver has been sent.
    package var caughtUp = false
    package var backlog = Backlog()
    /// Batches that this receiver's broker refuses by themselves, left out until the next connection.
    package var putAside = 0
    /// Since the start of the process:
    package var sent: UInt64 = 0
    package var acknowledged: UInt64 = 0
    /// Of `sent`, those that had been sent before.
    package var resent: UInt64 = 0
    /// Batches that held nothing for this receiver and were acknowledged without being sent.
    package var skipped: UInt64 = 0
    package var payloadBytes: UInt64 = 0
    /// Connections after the first.
    package var reconnects: UInt64 = 0
    /// When the receiver's loop last came round, at most about a second ago while it works.
    package var lastProgress: BootTime

    /// What was not sent when it was sealed, oldest first.
    package struct Backlog: Hashable, Sendable {
        /// Batches acknowledged since there has been a backlog; 0 once all is sent.
        package var done: UInt64 = 0
        /// Rests included; nil: not measured yet.
        package var batchesPerSecond: Double?
        /// What the link carries for this receiver; nil: not measured yet.
        package var linkBytesPerSecond: Double?
        /// What may be on its way together.
        package var burstBytes = 0
        /// After connecting the backlog waits for this moment, chosen at random; nil: it has begun.
        package var startsAt: BootTime?

        /// How long `batches` more will take; nil: not known yet.
        package func timeLeft(for batches: UInt64) -> Nanoseconds? {
            guard batches > 0 else { return 0 }
            guard let batchesPerSecond, batchesPerSecond > 0 else { return nil }
            return .seconds(Int64(min(Double(batches) / batchesPerSecond, 1e9)))
        }
    }
}
