package import GatewayModel

/// A snapshot of the store for status and shell.
package struct OutboxStatus: Hashable, Sendable {
    package struct Receiver: Hashable, Sendable {
        package var id: String
        /// Stored batches that it has not acknowledged, held-back and salvaged ones included.
        package var unacknowledged: UInt64
        /// The earliest reading of the oldest of them; nil: none is waiting.
        package var oldestUnsent: BatchTime?
    }

    /// nil: not open.
    package var epoch: Epoch?
    /// 0: none yet.
    package var lastSequence: UInt64 = 0
    package var batches: UInt64 = 0
    /// Bytes in the database that are in use, and the file's limit without the WAL's share.
    package var usedBytes: Int64 = 0
    package var limitBytes: Int64 = 0
    /// What the configuration grants, WAL included.
    package var sizeBytes: Int64 = 0
    package var receivers: [Receiver] = []
    /// Batches that wait for the clock anchor.
    package var held: UInt64 = 0
    /// Dropped by size or age before a `must` receiver had them; since the store was made.
    package var evicted: UInt64 = 0
    /// Batches made since the start that take the place of others: thinned ones, and larger ones of the same readings.
    package var thinned: UInt64 = 0
    package var reblocked: UInt64 = 0
    /// Dropped because their bytes were damaged; since the start.
    package var damaged: UInt64 = 0
    package var pendingGaps = 0
    /// The damaged file that is being searched for sound batches; nil: none.
    package var salvaging: String?
    /// Batches taken out of damaged files since the start.
    package var salvaged: UInt64 = 0
    /// The last append's transaction, checkpoint included.
    package var lastCommit: Nanoseconds = 0
    package var slowestCommit: Nanoseconds = 0
    /// Given to write(2) by the store's thread since the start (the kernel's `wchar`); nil when the kernel does not
    /// count it.
    package var bytesWritten: UInt64?
    /// Why the last attempt to write failed; nil while the store can be written.
    package var trouble: String?

    package init() {}

    /// 0...100.
    package var fillPercent: Double {
        limitBytes > 0 ? min(100, 100 * Double(usedBytes) / Double(limitBytes)) : 0
    }
}
