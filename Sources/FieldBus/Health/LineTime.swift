package import GatewayModel

/// Where a bus's time went, since the start; the rest was idle.
package struct LineTime: Hashable, Sendable {
    /// Characters of requests and of the answers to them.
    package var useful: Nanoseconds = 0
    /// Silences between frames, and waiting for devices that then answered.
    package var silence: Nanoseconds = 0
    /// Requests that failed: timeouts, spoiled answers and what had to be waited out after them.
    package var errors: Nanoseconds = 0
    /// The same with devices that were known to be silent.
    package var dead: Nanoseconds = 0

    package init() {}

    package var total: Nanoseconds { useful + silence + errors + dead }

    package static func += (sum: inout Self, part: Self) {
        sum.useful += part.useful
        sum.silence += part.silence
        sum.errors += part.errors
        sum.dead += part.dead
    }
}
