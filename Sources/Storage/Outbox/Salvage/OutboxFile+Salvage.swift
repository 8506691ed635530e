internal import GatewayModel

extension OutboxFile {
    /// What a salvage has to find, and whether it is finished; nil: nothing is known of this file.
    func salvage(of name: String) throws(StorageError) -> (needed: [Epoch: SequenceSet]?, isDone: Bool)? {
        let rows = try connection.rows(
            "SELECT epoch, expected, done FROM salvages WHERE name = ?", .text(name)
        ) { ($0.blob(0), $0.blob(1), $0.integer(2) != 0) }
        guard !rows.isEmpty else { return nil }
        var needed: [Epoch: SequenceSet] = [:]
        for (epoch, expected, _) in rows {
            if let epoch = Epoch(bytes: epoch), let set = SequenceSet(encoded: expected) { needed[epoch] = set }
        }
        return (needed.isEmpty ? nil : needed, rows.contains { $0.2 })
    }

    func saveSalvage(of name: String, needed: [Epoch: SequenceSet]?) throws(StorageError) {
        try connection.run("DELETE FROM salvages WHERE name = ?", .text(name))
        for (epoch, expected) in needed ?? [:] {
            try connection.run(
                "INSERT INTO salvages VALUES (?, ?, ?, 0)", .text(name), .blob(epoch.bytes), .blob(expected.encoded))
        }
    }

    func finishSalvage(of name: String) throws(StorageError) {
        try connection.run("DELETE FROM salvages WHERE name = ?", .text(name))
        try connection.run("INSERT INTO salvages VALUES (?, NULL, NULL, 1)", .text(name))
    }

    func forgetSalvage(of name: String) throws(StorageError) {
        try connection.run("DELETE FROM salvages WHERE name = ?", .text(name))
    }
}
