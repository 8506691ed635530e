internal import GatewayModel
internal import Telemetry

extension OutboxFile {
    func insert(_ batch: StoredBatch) throws(StorageError) {
        try connection.run(
            "INSERT INTO batches VALUES (?, ?)", .integer(Int64(clamping: batch.key.sequence)), .blob(batch.bytes))
    }

    func bytes(of sequence: UInt64) throws(StorageError) -> [UInt8]? {
        try connection.first("SELECT bytes FROM batches WHERE sequence = ?", .integer(Int64(clamping: sequence))) {
            $0.blob(0)
        }
    }

    /// The batch, checked against its checksum and its key; nil: not there.
    /// - Throws: `SQLITE_CORRUPT` when the bytes are not what was stored.
    func envelope(of sequence: UInt64) throws(StorageError) -> (BatchEnvelope, bytes: [UInt8])? {
        guard let bytes = try bytes(of: sequence) else { return nil }
        do {
            let envelope = try BatchEnvelope.decode(bytes)
            guard envelope.key == BatchKey(epoch: epoch, sequence: sequence) else {
                throw BatchFormatError("another batch's key")
            }
            return (envelope, bytes)
        } catch {
            throw StorageError(.giveUp, code: .corrupt, operation: "batch \(sequence)", message: "\(error)")
        }
    }

    func overwrite(_ sequence: UInt64, with bytes: [UInt8]) throws(StorageError) {
        // Same length: SQLite then changes the differing pages in place.
        try connection.run(
            "UPDATE batches SET bytes = ? WHERE sequence = ?", .blob(bytes), .integer(Int64(clamping: sequence)))
    }

    func delete(_ range: ClosedRange<UInt64>) throws(StorageError) {
        try connection.run(
            "DELETE FROM batches WHERE sequence BETWEEN ? AND ?", .integer(Int64(clamping: range.lowerBound)),
            .integer(Int64(clamping: range.upperBound)))
    }

    /// Bytes of a batch, without reading them; nil: not there.
    func length(of sequence: UInt64) throws(StorageError) -> Int64? {
        try connection.first(
            "SELECT length(bytes) FROM batches WHERE sequence = ?", .integer(Int64(clamping: sequence))
        ) { $0.integer(0) }
    }

    /// The lowest and the highest number that is stored, by two look-ups.
    func bounds() throws(StorageError) -> ClosedRange<UInt64>? {
        let low = try connection.first("SELECT min(sequence) FROM batches") { $0.optionalInteger(0) } ?? nil
        let high = try connection.first("SELECT max(sequence) FROM batches") { $0.optionalInteger(0) } ?? nil
        guard let low, let high, low >= 1, low <= high else { return nil }
        return UInt64(low)...UInt64(high)
    }

    /// Pages that hold something.
    func usedPages() throws(StorageError) -> Int64 {
        try connection.pragma("page_count") - connection.pragma("freelist_count")
    }
}
