internal import GatewayModel
internal import Glibc
internal import Logging

extension Outbox {
    /// After the configuration has granted less than the files take: drops the oldest batches, then gives the room
    /// back to the file system. Happens at a start only; takes as long as writing what is left does.
    func shrinkIfNeeded() {
        guard let file, let pages = try? file.connection.pragma("page_count") else { return }
        let isTooLong = pages > layout.pages
        guard isTooLong || Self.size(of: "\(path)-wal") > layout.walBytes else { return }
        attempt("shrinking") { () throws(StorageError) in
            if isTooLong {
                try makeRoom(for: 0, in: file)
                try file.connection.run("VACUUM")
            }
            try file.connection.truncateWAL()
            try file.connection.run("PRAGMA max_page_count = \(layout.pages)")
            logger.info("store shrunk", metadata: ["bytes": "\(Self.size(of: path))"])
        }
    }

    private static func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
