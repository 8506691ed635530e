internal import GatewayModel
internal import Telemetry

/// One damaged file that is being searched for sound batches, a piece at a time.
struct SalvageJob {
    /// Images looked at in one piece: 2 MiB.
    static let imagesPerPiece = 2048

    /// The set-aside file's name.
    let name: String
    let scan: RecordScan
    /// What has to be found, by epoch; nil: not known, so everything is taken.
    let needed: [Epoch: SequenceSet]?
    var next = 0
    /// Found and not taken in yet.
    var batches: [StoredBatch] = []
    var taken: UInt64 = 0

    init(name: String, directory: String, needed: [Epoch: SequenceSet]?) {
        self.name = name
        self.needed = needed
        scan = RecordScan(pages: PageFile(path: "\(directory)/\(name)", log: "\(directory)/\(name)-wal"))
    }

    var isAtEnd: Bool { next >= scan.pages.imageCount && batches.isEmpty }

    /// Looks at some more pages, until about `bytes` of batches are at hand.
    /// - Returns: dictionaries that were met.
    mutating func look(bytes: Int) -> [(id: DictionaryID, json: [UInt8])] {
        var dictionaries: [(id: DictionaryID, json: [UInt8])] = []
        let end = min(next + Self.imagesPerPiece, scan.pages.imageCount)
        var gathered = batches.reduce(0) { $0 + $1.bytes.count }
        while next < end, gathered < bytes {
            if let image = scan.pages.image(next) {
                for batch in scan.batches(in: image) where isNeeded(batch.key) {
                    batches.append(batch)
                    gathered += batch.bytes.count
                }
                dictionaries += scan.dictionaries(in: image)
            }
            next += 1
        }
        return dictionaries
    }

    /// Takes what fits into one transaction.
    mutating func takeGroup(bytes: Int) -> [StoredBatch] {
        var sum = 0
        let group = batches.prefix { batch in
            sum += batch.bytes.count
            return sum <= bytes
        }
        // One that is larger than a transaction may be was stored by a larger store: it cannot be kept.
        batches.removeFirst(max(1, group.count))
        return Array(group)
    }

    private func isNeeded(_ key: BatchKey) -> Bool {
        needed.map { $0[key.epoch]?.contains(key.sequence) ?? false } ?? true
    }
}

extension StoredBatch {
    /// Numbers of the same epoch whose place this one takes; all are smaller than its own. Of bytes that cannot be
    /// understood: none.
    var replaced: [ClosedRange<UInt64>] {
        guard let envelope = try? BatchEnvelope.decode(bytes), envelope.batch.replaces,
            let content = try? envelope.content()
        else { return [] }
        return content.replaces.filter { $0.upperBound < key.sequence }
    }
}
