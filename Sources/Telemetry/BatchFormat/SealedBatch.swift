package import GatewayModel

/// A closed group of readings, encoded once; the store gives it its number.
package struct SealedBatch: Hashable, Sendable {
    package var boot: BootID
    /// nil: sealed before the clock was known to be right.
    package var anchor: WallAnchor?
    package var dictionary: DictionaryID
    package var readings: Int
    /// The earliest and latest time inside, on this boot's CLOCK_BOOTTIME.
    package var first: BootTime
    package var last: BootTime
    /// Sealed at once for an alarm.
    package var urgent: Bool
    /// Takes the place of others, which its body names.
    package var replaces: Bool
    /// Columns, compressed (Sources/Telemetry/README.md).
    package var body: [UInt8]

    package init(
        boot: BootID, anchor: WallAnchor?, dictionary: DictionaryID, readings: Int, first: BootTime, last: BootTime,
        urgent: Bool = false, replaces: Bool = false, body: [UInt8]
    ) {
        self.boot = boot
        self.anchor = anchor
        self.dictionary = dictionary
        self.readings = readings
        self.first = first
        self.last = last
        self.urgent = urgent
        self.replaces = replaces
        self.body = body
    }

    /// The bytes that are stored and sent: header, body, checksum.
    package func stored(as key: BatchKey) -> StoredBatch {
        StoredBatch(key: key, dictionary: dictionary, bytes: BatchEnvelope(batch: self, key: key).encoded())
    }
}
