internal import Storage
internal import Telemetry

extension AlarmMemory {
    /// Of totals that have become durable, those that the second copy is written for: an alarm was raised or cleared. A
    /// delay that runs would be written with every batch.
    static func worthNoting(_ totals: [CounterTotal]) -> [CounterTotal] {
        totals.filter { $0.key.hasPrefix(keyPrefix) && AlarmMemory($0.value)?.passed == 0 }
    }
}
