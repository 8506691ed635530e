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
}
