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

    /// Of batches that are sent from memory while the store cannot be written: `volatile` in ASCII, then 8 bytes that
    /// differ from start to start.
    package static func volatile(boot: BootID, started: BootTime) -> Epoch {
        let moment = withUnsafeBytes(of: started.nanoseconds.bigEndian) { Array($0) }
        return Epoch(unchecked: volatileMark + zip(boot.bytes, moment).map { $0 ^ $1 })
    }
    package var isVolatile: Bool { bytes.starts(with: Self.volatileMark) }
    private static let volatileMark = Array("volatile".utf8)

    package var hexadecimal: String { bytes.hexadecimal }
    /// As payloads and people see it: 32 hexadecimal digits, or `volatile-` and 16.
    package var text: String { isVolatile ? "volatile-" + Array(bytes[8...]).hexadecimal : bytes.hexadecimal }
    /// nil: not such a text.
    package init?(text: String) {
        let mark = "volatile-"
        let isVolatile = text.hasPrefix(mark)
        let digits = text.utf8.dropFirst(isVolatile ? mark.utf8.count : 0).compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        let count = isVolatile ? 16 : 32
        guard digits.count == count, text.utf8.count == count + (isVolatile ? mark.utf8.count : 0) else { return nil }
        // With its types written out: Swift 6.2 does not find them in time.
        let bytes = (0..<(count / 2)).map { (pair: Int) -> UInt8 in
            let high: UInt8 = digits[pair * 2] << 4
            return high | digits[pair * 2 + 1]
        }
        self.init(unchecked: isVolatile ? Self.volatileMark + bytes : bytes)
    }
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
    /// Keys of batches with alarms that `receiver` has not acknowledged, oldest first, at most `limit`. One that is
    /// left out is met among the others.
    func urgent(for receiver: ReceiverIndex, limit: Int) async -> [BatchKey]
    /// nil: evicted, acknowledged by all and deleted, or damaged (then a gap record has been written).
    func batch(_ key: BatchKey) async -> StoredBatch?
    /// The JSON text of a dictionary; nil when no stored batch needs it any more.
    func dictionary(_ id: DictionaryID) async -> [UInt8]?
    /// Records acknowledgements; unknown or repeated keys are ignored. Durable some time later, in bulk: after a crash
    /// the receiver may be sent the same bytes again.
    func acknowledge(_ keys: [BatchKey], by receiver: ReceiverIndex) async
}
