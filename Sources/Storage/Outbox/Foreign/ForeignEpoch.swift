package import GatewayModel

/// A batch that this store keeps under the key it already has: salvaged from a damaged file, or sent from memory while
/// the store could not be written.
package struct ForeignBatch: Hashable, Sendable {
    package var batch: StoredBatch
    /// Who has acknowledged it already.
    package var acknowledgedBy: [ReceiverIndex]

    package init(batch: StoredBatch, acknowledgedBy: [ReceiverIndex] = []) {
        self.batch = batch
        self.acknowledgedBy = acknowledgedBy
    }
}

/// The batches of one epoch that is not this store's. They keep bytes and key, so that a receiver that has one already
/// recognises it; a batch under a new key would be counted twice.
struct ForeignEpoch: Sendable {
    /// Epochs at a time; beyond, the oldest one's batches are dropped, with a gap record.
    static let limit = 8
    /// Batch numbers are below; 2^40 batches at one a second last 34,000 years.
    static let sequenceLimit: UInt64 = 1 << 40

    /// Place among the epochs, in the order they came; the high bits of the row ids of its batches.
    let slot: Int64
    let epoch: Epoch
    /// What is stored of it, and who acknowledged what.
    var index: OutboxIndex
    /// Every number that was ever taken in, so that salvaging can begin anew after a crash.
    var taken = SequenceSet()

    init(slot: Int64, epoch: Epoch, receivers: [OutboxReceiver]) {
        self.slot = slot
        self.epoch = epoch
        index = OutboxIndex(receivers: receivers)
    }

    func rowID(_ sequence: UInt64) -> Int64 { slot << 40 | Int64(clamping: min(sequence, Self.sequenceLimit - 1)) }
}
