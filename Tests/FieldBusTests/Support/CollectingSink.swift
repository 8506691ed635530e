import GatewayModel
import Synchronization

/// Keeps what a bus worker delivers, by transaction.
final class CollectingSink: ReadingSink {
    private let batches = Mutex<[[Reading]]>([])

    func accept(_ readings: [Reading]) { batches.withLock { $0.append(readings) } }

    var transactions: [[Reading]] { batches.withLock { $0 } }
    var readings: [Reading] { transactions.flatMap { $0 } }
    func readings(of point: PointIndex) -> [Reading] { readings.filter { $0.point == point } }

    /// Waits until `condition` holds for what has come so far; false: it did not within `seconds`.
    func wait(seconds: Int = 20, until condition: ([Reading]) -> Bool) async -> Bool {
        await eventually(seconds: seconds) { condition(self.readings) }
    }
}

/// Waits for a condition, never longer than `seconds`.
func eventually(seconds: Int = 20, _ condition: () -> Bool) async -> Bool {
    let limit = SystemTime().bootTime() + .seconds(Int64(seconds))
    while SystemTime().bootTime() < limit {
        if condition() { return true }
        try? await Task.sleep(nanoseconds: 2_000_000)
    }
    return condition()
}
