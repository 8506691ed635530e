package import GatewayModel

/// A response timeout that follows what the device needs, so that a device that goes away costs less until it is known
/// as silent.
///
/// Bounds: never above the configured one; never below 50 ms, nor below a quarter more than the slowest answer since the
/// start + 20 ms. Only after 200 answers, and only while the device answers: the request after one that failed waits
/// for the whole configured time again, and so do 200 answers after one that came late. So it never loses an answer
/// twice that the configured timeout would have caught.
package struct AdaptedTimeout: Hashable, Sendable {
    package static let answersNeeded = 200
    static let shortest: Nanoseconds = .milliseconds(50)

    private var answers = 0
    private var slowest: Nanoseconds = 0

    package init() {}

    package mutating func answered(after turnaround: Nanoseconds) {
        answers += 1
        slowest = max(slowest, turnaround)
    }

    /// One came after it had been given up.
    package mutating func answeredLate() { answers = 0 }

    /// - Parameter configured: the upper bound.
    package func value(configured: Nanoseconds) -> Nanoseconds {
        guard answers >= Self.answersNeeded else { return configured }
        return min(configured, max(Self.shortest, slowest + slowest / 4 + .milliseconds(20)))
    }
}
