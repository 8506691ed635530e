/// How much a counter has counted in all. Durable with the batch that tells it, so that after no restart it can be below
/// a total that left the box.
package struct CounterTotal: Hashable, Sendable {
    /// Totals that are kept; more are refused.
    package static let limit = 1_024
    /// Bytes of a key.
    package static let keyLimit = 128

    /// The counter's name, e.g. the id of an input.
    package var key: String
    /// Only ever rises.
    package var value: Int64

    package init(key: String, value: Int64) {
        self.key = key
        self.value = value
    }

    /// Of what is stored: a total that is read back must be the one that was written.
    var checksum: Int64 {
        var bytes = Array(key.utf8)
        bytes.append(0)
        bytes.append(littleEndian: value)
        return Int64(bitPattern: Checksum.of(bytes))
    }
}

extension OutboxFile {
    func totals() throws(StorageError) -> [String: Int64] {
        let rows = try connection.rows("SELECT key, value, checksum FROM totals") {
            (CounterTotal(key: $0.text(0), value: $0.integer(1)), $0.integer(2))
        }
        // A damaged one is left to the state file's copy.
        return Dictionary(
            rows.filter { $0.checksum == $1 }.map { ($0.0.key, $0.0.value) }, uniquingKeysWith: { max($0, $1) })
    }

    /// Inside a transaction: only these are left.
    func replace(totals: [String: Int64]) throws(StorageError) {
        try connection.run("DELETE FROM totals")
        for (key, value) in totals { try save(CounterTotal(key: key, value: value)) }
    }

    func save(_ total: CounterTotal) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO totals VALUES (?, ?, ?)", .text(total.key), .integer(total.value),
            .integer(total.checksum))
    }
}

extension Outbox {
    /// Totals by key, as of the last batch that told them. Empty before ``open()``.
    package func counterTotals() -> [String: Int64] { totals }

    /// Inside a transaction: writes those that have risen. A total that would fall, or one too many, is left out.
    func save(_ fresh: [CounterTotal], in next: inout [String: Int64], _ file: OutboxFile) throws(StorageError) {
        for total in fresh {
            guard total.key.utf8.count <= CounterTotal.keyLimit, next[total.key].map({ $0 < total.value }) ?? true,
                next[total.key] != nil || next.count < CounterTotal.limit
            else { continue }
            try file.save(total)
            next[total.key] = total.value
        }
    }
}
