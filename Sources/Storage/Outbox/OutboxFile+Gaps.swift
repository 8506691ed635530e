internal import GatewayModel

extension OutboxFile {
    func gaps() throws(StorageError) -> [GapRecord] {
        try connection.rows("SELECT * FROM gaps ORDER BY id") { row -> GapRecord? in
            guard let reason = GapReason(rawValue: UInt8(clamping: row.integer(1))) else { return nil }
            return GapRecord(
                id: row.integer(0), reason: reason, from: BatchTime(encoded: row.blob(2)),
                to: BatchTime(encoded: row.blob(3)))
        }.compactMap { $0 }
    }

    func save(_ gap: GapRecord) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO gaps VALUES (?, ?, ?, ?)", .integer(gap.id), .integer(Int64(gap.reason.rawValue)),
            .optional(gap.from?.encoded), .optional(gap.to?.encoded))
    }

    func deleteGap(_ id: Int64) throws(StorageError) {
        try connection.run("DELETE FROM gaps WHERE id = ?", .integer(id))
    }
}
