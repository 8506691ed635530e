internal import GatewayModel

/// A request that failed and whose points are not due again for long: it is tried again a little later, a few times.
///
/// Without this, one lost frame would cost an hourly point an hour, and a device that is asked twice an hour would
/// take an hour to be known as silent, and as long to be found again.
struct LaterTry: Sendable {
    /// Points that are due again sooner wait for that.
    static let leastWait: Nanoseconds = .seconds(30)
    static let delay: Nanoseconds = .seconds(5)
    /// Tries of one request beside the first; three failures make the device silent anyway.
    static let most = 3

    var device: Int
    var points: [PointIndex]
    /// When the points fell due.
    var due: BootTime
    var notBefore: BootTime
    /// Counts from 1.
    var number: Int
}
