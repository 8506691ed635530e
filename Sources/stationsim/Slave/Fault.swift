/// Something that goes wrong on purpose, within a span of time since the start.
struct Fault: Sendable {
    var kind: Kind
    var from: Nanoseconds
    var to: Nanoseconds

    enum Kind: Sendable {
        /// No answer.
        case dead
        /// The answer begins `by` later. `served`: still soon enough for the master, so its values count as served.
        case late(by: Nanoseconds, served: Bool, oneIn: Int)
        case crc(oneIn: Int)
        case wrongUnit(oneIn: Int)
        /// The last `bytes` of the answer are missing.
        case short(bytes: Int, oneIn: Int)
        /// Random bytes right before and after the answer.
        case noise(before: Int, after: Int, oneIn: Int)
        /// Exception 2 as soon as the request covers one of these registers.
        case exceptionOnGap(holes: [(table: Table, addresses: ClosedRange<Int>)])
        /// An exception for requests that cover the point; nil: for all.
        case exception(code: UInt8, point: String?)
        /// The point's registers hold these words, whatever its signal says.
        case words(point: String, words: [UInt16])
        /// Sends what nobody asked for, mostly into the frames of others: random bytes, or a frame without its check sum.
        case babble(every: Nanoseconds, bytes: Int, frame: [UInt8]?)
        /// Answers requests for these units too, as if it were they.
        case steal(units: Set<UInt8>, oneIn: Int)
        /// Of a bus: random bytes on the line every now and then.
        case idleNoise(every: Nanoseconds, bytes: Int)
        /// Of a bus: the port, its link or its listening socket are not there. It returns with these
        /// names; nil: with its own.
        case portGone(returns: AdapterDefinition?)
    }

    func isActive(at elapsed: Nanoseconds) -> Bool { elapsed >= from && elapsed < to }
}
