package import GatewayModel
internal import Synchronization
internal import ThreadExecutor

/// What a counter has counted in all its life, and what a person has set on top.
package struct PulseTotal: Hashable, Sendable {
    package var id: String
    package var count: Int64
    /// The total that people see is `count` and this.
    package var correction: Int64

    package init(id: String, count: Int64, correction: Int64 = 0) {
        self.id = id
        self.count = count
        self.correction = correction
    }
}

/// What others have for the thread of the lines.
package enum DigitalMail: Sendable {
    /// What earlier runs counted. A counter that is not among them begins at 0.
    case totals([PulseTotal])
    case correct(id: String, correction: Int64)
    case set(id: String, isOn: Bool, duration: Nanoseconds?, answer: DigitalAnswer)
}

/// Why something was not done, on its way to another thread.
package final class DigitalAnswer: Sendable {
    private let reason = Mutex<String??>(nil)
    private let wakeUp = WakeUp()

    package init() {}

    /// nil: it was done.
    package func give(_ reason: String?) {
        self.reason.withLock { $0 = .some(reason) }
        wakeUp.signal()
    }

    /// Blocks the calling thread, for at most 2 s. nil: it was done.
    package func wait() -> String? {
        wakeUp.wait(atMost: .seconds(2))
        return reason.withLock { $0 } ?? "no answer from the lines within 2 s"
    }
}
