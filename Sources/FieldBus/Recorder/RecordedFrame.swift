package import GatewayModel

/// Bytes that were on a line together, as the flight recorder keeps them.
package struct RecordedFrame: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// This gateway sent it.
        case sent
        /// Read while an answer was waited for.
        case received
        /// Read when nobody had been asked: a late answer, noise, another master.
        case unasked
    }

    package var kind: Kind
    /// When its first character began: of a sent frame when it was written, of others computed from when bytes were
    /// seen first. To a microsecond, as exact as the kernel hands bytes over.
    package var time: BootTime
    /// The first 512; never empty.
    package var bytes: [UInt8]

    package init(kind: Kind, time: BootTime, bytes: [UInt8]) {
        self.kind = kind
        self.time = time
        self.bytes = bytes
    }
}
