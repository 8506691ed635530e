/// The random id that a store gets when it is made, 16 bytes. `(gateway, epoch, sequence)` names a batch for ever.
package struct Epoch: Hashable, Sendable {
    package var bytes: [UInt8]
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }
    package static func random() -> Epoch {
        var generator = SystemRandomNumberGenerator()
        return Epoch(unchecked: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }
    package var hexadecimal: String { bytes.hexadecimal }
}

package struct BatchKey: Hashable, Sendable {
    package var epoch: Epoch
    /// Counts batches within the epoch, from 1, without holes.
    package var sequence: UInt64
    package init(epoch: Epoch, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }
}

/// The first 8 bytes of the SHA-256 of a dictionary's JSON text.
package struct DictionaryID: Hashable, Sendable {
    package var bytes: [UInt8]
    /// The first 8 bytes of a hash; a shorter one is filled up with zeros.
    package init(startOf hash: [UInt8]) {
        bytes = Array((hash + [UInt8](repeating: 0, count: 8)).prefix(8))
    }
    package init?(bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self.bytes = bytes
    }
    package var hexadecimal: String { bytes.hexadecimal }
}

/// A batch as it lies in the store and goes over the wire in profile `batch`: whole, checksummed, never changed.
package struct StoredBatch: Hashable, Sendable {
    package var key: BatchKey
    package var dictionary: DictionaryID
    package var bytes: [UInt8]
    package init(key: BatchKey, dictionary: DictionaryID, bytes: [UInt8]) {
        self.key = key
        self.dictionary = dictionary
        self.bytes = bytes
    }
}

/// A receiver's place in the list of configured uplinks, 0...3.
package typealias ReceiverIndex = Int

/// What an uplink needs of the store. Implemented by `Storage.Outbox`; every call runs on the store's own thread.
///
/// A batch shows up here only once it is durable, and only while it may be sent (a batch of a boot without a clock
/// anchor is held back for at most 10 minutes).
package protocol BatchSource: Sendable {
    /// Keys of batches that `receiver` has not acknowledged, oldest first, beginning after `key` (nil: from the
    /// oldest), at most `limit`.
    func unacknowledged(by receiver: ReceiverIndex, after key: BatchKey?, limit: Int) async -> [BatchKey]
    /// The same, newest first, beginning before `key` (nil: from the newest).
    func unacknowledged(by receiver: ReceiverIndex, before key: BatchKey?, limit: Int) async -> [BatchKey]
    /// nil: evicted, acknowledged by all and deleted, or damaged (then a gap record has been written).
    func batch(_ key: BatchKey) async -> StoredBatch?
    /// The JSON text of a dictionary; nil when no stored batch needs it any more.
    func dictionary(_ id: DictionaryID) async -> [UInt8]?
    /// Records acknowledgements; unknown or repeated keys are ignored. Durable some time later, in bulk: after a crash
    /// the receiver may be sent the same bytes again.
    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async
}
