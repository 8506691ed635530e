/// Why a point has no readings in a span (interfaces: "Bad spans"). Raw values are part of the batch format.
package enum GapReason: UInt8, CaseIterable, Sendable {
    case bus = 0
    case device = 1
    case port = 2
    case overrun = 3
    case overload = 4
    case agentOff = 5
    case config = 6
    case evicted = 7
    case thinned = 8
    case corrupt = 9

    package var name: String {
        switch self {
        case .agentOff: "agent-off"
        default: "\(self)"
        }
    }
}

/// One end of a gap.
package enum GapEdge: Hashable, Sendable {
    /// A moment of the batch's own boot.
    case boot(BootTime)
    /// A moment known by the wall clock only (of an earlier boot): UTC, nanoseconds since 1970.
    case wall(Nanoseconds)
    /// Not known.
    case unknown
}

package enum GapScope: Hashable, Sendable {
    case point(PointIndex)
    /// Every point of the gateway; `"device":"*","point":"*"` in JSON.
    case everything
}

/// A span without readings. A gap is data: it is stored, sent and acknowledged like readings.
package struct Gap: Hashable, Sendable {
    package var scope: GapScope
    package var from: GapEdge
    /// nil: still open.
    package var to: GapEdge?
    package var reason: GapReason

    package init(scope: GapScope, from: GapEdge, to: GapEdge?, reason: GapReason) {
        self.scope = scope
        self.from = from
        self.to = to
        self.reason = reason
    }
}
