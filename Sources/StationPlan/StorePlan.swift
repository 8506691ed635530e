package import GatewayModel
internal import Telemetry

/// What the store will take and write.
package struct StorePlan: Hashable, Sendable {
    package var batchesPerDay: Double
    /// What an outage of a day takes of the store.
    package var bytesPerDay: Double
    /// Bytes given to the file system a day.
    package var flashPerDay: Double
    /// The longest outage of the uplink in which nothing is dropped; bounded by the store's age.
    package var bridges: Nanoseconds

    init(_ store: StoreConfiguration, _ traffic: Traffic) {
        let sizes = traffic.batches.map { $0.encoded().count }
        batchesPerDay = traffic.perDay(Double(sizes.count))
        bytesPerDay = traffic.perDay(Double(sizes.reduce(0) { $0 + Self.taken($1) }))
        flashPerDay = traffic.perDay(sizes.reduce(0.0) { $0 + Self.written($1) })
        let full = bytesPerDay > 0 ? 0.95 * Double(store.size) / bytesPerDay * 86_400e9 : Double(store.age)
        bridges = min(store.age, Nanoseconds(min(full, 9e18)))
    }

    /// Of the file: what is longer than a page of 1 KiB fills its last one.
    private static func taken(_ bytes: Int) -> Int { bytes < 1_000 ? bytes + 12 : (bytes + 1_019) / 1_020 * 1_024 + 40 }

    /// Append, acknowledgement, deletion and checkpoint of one batch: a line through what `Sources/Storage/README.md`
    /// measured ("Bytes written").
    private static func written(_ bytes: Int) -> Double { 2_450 + 1.7 * Double(bytes) }
}
