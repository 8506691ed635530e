package import GatewayModel

/// What a line is asked for.
package struct LineRequest: Hashable, Sendable {
    package enum Use: Hashable, Sendable {
        /// Both edges.
        case state
        /// Edges to active alone, where the kernel debounces or nobody has to; else both.
        case pulses
        /// Driven, at first to this.
        case output(Bool)
    }

    package var line: LineDescription
    package var use: Use
    /// 0: none.
    package var debounce: Nanoseconds

    package init(line: LineDescription, use: Use, debounce: Nanoseconds = 0) {
        self.line = line
        self.use = use
        self.debounce = debounce
    }
}

/// One edge of an input line.
package struct LineEdge: Hashable, Sendable {
    /// Of the interrupt; with debounce in the kernel, of its end.
    package var time: BootTime
    package var isActive: Bool
    /// Counts the edges since the request from 1, those included that were lost on the way; nil: not known.
    package var number: UInt32?

    package init(time: BootTime, isActive: Bool, number: UInt32? = nil) {
        self.time = time
        self.isActive = isActive
        self.number = number
    }
}

/// Why a line cannot be had or used: what happened and, where it helps, what to do.
package struct LineFailure: Error, Hashable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

/// The GPIO chips of a board.
package protocol LineBank: Sendable {
    /// Looks for the line by its address anew at each call, and takes it for this process alone. May block in a driver.
    func request(_ request: LineRequest) throws(LineFailure) -> any HeldLine
}

/// A line that this process holds. Belongs to one thread; a failure means that it is gone.
package protocol HeldLine: AnyObject {
    /// Readable when edges wait; -1: the line has no interrupts, and its level is looked at instead.
    var descriptor: CInt { get }
    /// Its edges are debounced already.
    var isDebounced: Bool { get }
    /// true: active.
    func level() throws(LineFailure) -> Bool
    func set(_ isActive: Bool) throws(LineFailure)
    /// Edges that wait, the oldest first; empty: none are left. Does not block.
    func edges() throws(LineFailure) -> [LineEdge]
    func release()
}
