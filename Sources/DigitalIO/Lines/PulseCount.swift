/// Counts the pulses of one line since the daemon started.
///
/// By the kernel's numbers where it gives them: an edge that it had no room to keep is counted all the same.
package struct PulseCount: Sendable {
    package private(set) var pulses: Int64 = 0
    /// Of these, known by their numbers only: when they were is lost.
    package private(set) var unseen: Int64 = 0
    private var last: UInt32 = 0

    package init() {}

    /// The line was requested anew, and numbers begin at 1 again.
    package mutating func restart() { last = 0 }

    /// Takes an edge to active; `number` nil: not numbered.
    package mutating func count(_ number: UInt32?) {
        guard let number else {
            pulses += 1
            return
        }
        let step = number &- last
        // One that is told twice or out of order was counted with a later one.
        guard step != 0, step < 1 << 31 else { return }
        last = number
        pulses += Int64(step)
        unseen += Int64(step) - 1
    }
}
