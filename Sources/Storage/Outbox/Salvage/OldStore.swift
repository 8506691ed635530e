internal import GatewayModel

/// What is known of a store that has to be set aside, besides its batches. Each piece may be missing.
struct OldStore {
    /// Batches that some receiver still needs, by epoch; nil: not known.
    var needed: [Epoch: SequenceSet]?
    /// By epoch and receiver: what it has already.
    var acknowledged: [Epoch: [String: SequenceSet]] = [:]
    var totals: [String: Int64] = [:]
    var dictionaries: [DictionaryID: [UInt8]] = [:]

    init() {}

    /// From what the running store has in memory.
    init(own: Epoch?, index: OutboxIndex, foreign: [ForeignEpoch], totals: [String: Int64]) {
        self.totals = totals
        guard let own else { return }
        for (epoch, index) in foreign.map({ ($0.epoch, $0.index) }) + [(own, index)] { note(epoch, index) }
    }

    /// Asks the damaged file itself, through SQLite, as far as it answers. Changes nothing in it.
    init(asking path: String, receivers: [OutboxReceiver], vfs: String?) {
        // In exclusive mode at once: without a -shm file.
        guard let connection = try? Connection(path: path, vfs: vfs),
            (try? connection.run("PRAGMA locking_mode = EXCLUSIVE")) != nil
        else { return }
        totals = Self.totals(in: connection)
        dictionaries = Self.dictionaries(in: connection)
        guard let bytes = try? connection.first("SELECT value FROM store WHERE key = 'epoch'", read: { $0.blob(0) }),
            let epoch = Epoch(bytes: bytes),
            let file = try? OutboxFile(reading: connection, epoch: epoch),
            let index = try? file.loadIndex(receivers: receivers)
        else { return }
        note(epoch, index)
        for foreign in (try? file.foreignEpochs(receivers: receivers)) ?? [] { note(foreign.epoch, foreign.index) }
    }

    /// From the mark beside the file.
    mutating func complete(with mark: CommitMark?) {
        guard let mark, mark.sequence >= 1 else { return }
        if needed == nil, let oldest = mark.oldestSequence, oldest <= mark.sequence {
            needed = [mark.epoch: SequenceSet([oldest...mark.sequence])]
        } else if var known = needed?[mark.epoch], let last = known.last, last < mark.sequence {
            // Commits that a damaged WAL hides.
            known.insert((last + 1)...mark.sequence)
            needed?[mark.epoch] = known
        }
    }

    private mutating func note(_ epoch: Epoch, _ index: OutboxIndex) {
        var open = index.stored
        for range in index.deletable.ranges { open.remove(range) }
        needed = needed ?? [:]
        needed?[epoch] = open
        acknowledged[epoch] = Dictionary(
            index.receivers.map { ($0.id, $0.acknowledged) }, uniquingKeysWith: { first, _ in first })
    }

    /// Both ways, as a damaged page ends a walk.
    private static func totals(in connection: Connection) -> [String: Int64] {
        var totals: [String: Int64] = [:]
        for order in ["ASC", "DESC"] {
            try? connection.each("SELECT key, value, checksum FROM totals ORDER BY key \(order)") { row in
                let (key, value) = (row.text(0), row.integer(1))
                guard CounterTotal(key: key, value: value).checksum == row.integer(2) else { return }
                totals[key] = max(totals[key] ?? value, value)
            }
        }
        return totals
    }

    private static func dictionaries(in connection: Connection) -> [DictionaryID: [UInt8]] {
        var found: [DictionaryID: [UInt8]] = [:]
        for table in ["dictionaries", "foreign_dictionaries"] {
            let ids = (try? connection.rows("SELECT id FROM \(table)") { $0.blob(0) }) ?? []
            for bytes in ids {
                guard let id = DictionaryID(bytes: bytes),
                    let json = try? connection.first(
                        "SELECT json FROM \(table) WHERE id = ?", .blob(bytes), read: { $0.blob(0) })
                else { continue }
                found[id] = json
            }
        }
        return found
    }
}
