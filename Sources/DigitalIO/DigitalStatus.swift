package import GatewayModel

/// How one input or output is, for people.
package struct DigitalStatus: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case input, counter, output
        case powerFail = "power-fail"
    }

    package var id: String
    package var kind: Kind
    /// `9030000.pl061 line 3`
    package var line: String
    /// Why the line is not held; nil: it is.
    package var problem: String?
    /// 0 or 1 of a state, the total of a counter; nil: not known yet, or lost.
    package var value: Int64?
    /// When a state last changed; nil: not since the start.
    package var changed: BootTime?
    /// Changes or pulses since the start.
    package var edges: Int64 = 0
    /// Pulses that were counted by their number alone.
    package var unseen: Int64 = 0
    /// The line has no interrupts: its level is looked at 50 times a second, and shorter pulses are missed.
    package var isPolled = false
    /// What of a counter's total was set by hand; 0: nothing.
    package var correction: Int64 = 0

    package init(id: String, kind: Kind, line: String) {
        self.id = id
        self.kind = kind
        self.line = line
    }
}
