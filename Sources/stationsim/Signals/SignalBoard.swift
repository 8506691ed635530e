import Synchronization

/// The present values of all signals, for the threads of the buses.
final class SignalBoard: Sendable {
    private let values = Mutex<[Double]>([])

    func publish(_ fresh: [Double]) { values.withLock { $0 = fresh } }

    /// All of one tick.
    func snapshot() -> [Double] { values.withLock { $0 } }
}
