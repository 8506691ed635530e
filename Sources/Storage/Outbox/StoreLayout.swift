/// How the bytes that the configuration grants are divided between database and WAL (Sources/Storage/README.md has
/// the measurements behind the numbers).
struct StoreLayout: Hashable, Sendable {
    /// The smallest store that is accepted (interfaces: `store.size`).
    static let smallestSize: Int64 = 1 << 20

    let size: Int64
    /// Bytes. 1024 writes half to two thirds of what 4096 does.
    let pageSize: Int64 = 1024
    /// Frames in the WAL from which a commit is followed by a checkpoint.
    let checkpointFrames: Int
    /// The most pages that one transaction may change; the WAL has room for one beyond `checkpointFrames`.
    let transactionPages: Int

    init(size: Int64) {
        self.size = max(size, Self.smallestSize)
        checkpointFrames = Int(min(max(self.size / 64 / 1024, 64), 1024))
        transactionPages = Int(min(max(self.size / 4 / 1024, 256), 1024))
    }

    /// WAL header and frames.
    var walBytes: Int64 { 32 + Int64(checkpointFrames + transactionPages) * (pageSize + 24) }
    /// What is kept free for a disk that others fill: as much as the WAL takes, at most a sixteenth of the store.
    var reserveBytes: Int64 { min(walBytes, size / 16) / 4096 * 4096 }
    /// `max_page_count`: what is left beside the WAL, the reserve and the commit mark's one block.
    var pages: Int64 { (size - walBytes - reserveBytes - 4096) / pageSize }
    /// Bytes of batches, or of one dictionary, in one transaction: half of its pages, as a deletion may come along.
    var transactionBytes: Int { transactionPages / 2 * 1000 }
    /// Batches deleted in one transaction.
    var deletionRows: Int { transactionPages / 4 }

    /// Pages that a value of `bytes` takes at most: its overflow chain, its leaf, and what splitting may add.
    func pagesNeeded(for bytes: Int) -> Int64 { Int64(bytes) / (pageSize - 4) + 8 }
}
