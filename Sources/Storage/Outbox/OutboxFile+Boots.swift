internal import GatewayModel

extension OutboxFile {
    func boots() throws(StorageError) -> [BootRecord] {
        try connection.rows("SELECT * FROM boots ORDER BY first_sequence") { row -> BootRecord? in
            guard let id = BootID(bytes: row.blob(0)) else { return nil }
            var record = BootRecord(
                id: id, firstSequence: UInt64(clamping: row.integer(1)),
                releasedThrough: UInt64(clamping: row.integer(2)))
            if let boottime = row.optionalInteger(3), let realtime = row.optionalInteger(4),
                let error = row.optionalInteger(5)
            {
                record.anchor = WallAnchor(
                    bootTime: BootTime(nanoseconds: boottime), realTime: realtime, error: error)
            }
            if let from = row.optionalInteger(6), let to = row.optionalInteger(7), from >= 1, from <= to {
                record.unstamped = UInt64(from)...UInt64(to)
            }
            return record
        }.compactMap { $0 }
    }

    func save(_ boot: BootRecord) throws(StorageError) {
        try connection.run(
            "INSERT OR REPLACE INTO boots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .blob(boot.id.bytes),
            .integer(Int64(clamping: boot.firstSequence)), .integer(Int64(clamping: boot.releasedThrough)),
            .optional(boot.anchor?.bootTime.nanoseconds), .optional(boot.anchor?.realTime),
            .optional(boot.anchor?.error),
            .optional(boot.unstamped.map { Int64(clamping: $0.lowerBound) }),
            .optional(boot.unstamped.map { Int64(clamping: $0.upperBound) }))
    }

    func forgetBoot(_ id: BootID) throws(StorageError) {
        try connection.run("DELETE FROM boots WHERE id = ?", .blob(id.bytes))
    }
}
