package import GatewayModel

/// Reads the batches of a store that no daemon has open, for `gatewayctl decode`.
package enum StoreDump {
    /// Hands over each stored batch, oldest first, with a look-up for the JSON text of a dictionary.
    ///
    /// - Parameter copy: a copy of `outbox.sqlite`, its `-wal` beside it: opening moves the WAL into the file. Blocks.
    /// - Throws: what `body` throws, or `StorageError` when the file is not a store.
    package static func read(
        copy path: String, _ body: (_ batch: [UInt8], _ dictionary: (DictionaryID) throws -> [UInt8]?) throws -> Void
    ) throws {
        let connection = try Connection(path: path)
        let sequences = try connection.rows("SELECT sequence FROM batches ORDER BY sequence") { $0.integer(0) }
        for sequence in sequences {
            let bytes = try connection.first("SELECT bytes FROM batches WHERE sequence = ?", .integer(sequence)) {
                $0.blob(0)
            }
            guard let bytes else { continue }
            try body(bytes) { id in
                try connection.first("SELECT json FROM dictionaries WHERE id = ?", .blob(id.bytes)) { $0.blob(0) }
            }
        }
    }
}
