internal import GatewayModel

/// Which batches may have been handed to a socket (architecture, invariant 3): only others may be re-blocked.
///
/// Known in memory only, hence of this life's batches only: a note on the disk would have to be durable before the batch
/// leaves, and on a disk that cannot be written the batch leaves all the same.
extension Outbox {
    /// A connected receiver asks at least every 15 s; after so long nobody listens.
    static let listeningSpan: Nanoseconds = .seconds(60)

    /// Whether batches that become durable now are announced.
    func isHeard(at now: BootTime) -> Bool { now - lastAsked < Self.listeningSpan }

    /// Whoever asks is there.
    func heardFromReceiver() { lastAsked = time.bootTime() }

    /// What the numbers from `first` on are, those to come included.
    func noteTouch(from first: UInt64, heard: Bool, in index: inout OutboxIndex) {
        let isUntouched = index.regions.untouched.contains(first)
        if heard, isUntouched {
            index.regions.untouched.remove(first...BatchRegions.end)
        } else if !heard, !isUntouched {
            index.regions.untouched.insert(first...BatchRegions.end)
        }
    }

    /// Before a batch leaves this actor.
    func handOver(_ sequence: UInt64) {
        index.regions.untouched.remove(sequence...sequence)
        // Far from it as long as receivers take their batches from both ends.
        if index.regions.untouched.ranges.count > OutboxIndex.rangeLimit { index.regions.untouched = SequenceSet() }
    }

    /// Tells the receivers, unless nobody was there when the batch was stored: who comes asks first.
    func announce(_ batch: StoredBatch) {
        if !index.regions.untouched.contains(batch.key.sequence) { tell(batch) }
    }
}

extension OutboxFile {
    /// Inside a transaction. Writes nothing when nothing has changed.
    func saveRegions(of index: OutboxIndex) throws(StorageError) {
        let encoded = index.regions.encoded
        if try blob("regions") != encoded { try set("regions", .blob(encoded)) }
    }
}
