internal import GatewayModel
internal import Glibc

/// Puts a damaged database out of the way, to be looked at by people or salvaged later.
///
/// `outbox.sqlite` becomes `outbox.sqlite.damaged-20261121T070000Z`, its WAL the same with `-wal`. At most
/// ``limit`` such files are kept per database; the oldest go first.
enum SetAside {
    static let limit = 3

    /// - Returns: the new name; nil when it could not be renamed and was removed instead.
    /// - Throws: `SQLITE_CANTOPEN` when it can neither be renamed nor removed.
    static func move(_ name: String, in directory: String, at realTime: Nanoseconds) throws(StorageError) -> String? {
        let stamp = UTCStamp(nanoseconds: realTime).text
        let taken = Set(names(in: directory))
        var aside = "\(name).damaged-\(stamp)"
        var counter = 2
        while taken.contains(aside), counter < 100 {
            aside = "\(name).damaged-\(stamp)-\(counter)"
            counter += 1
        }
        let path = "\(directory)/\(name)"
        // The WAL first: a database without its WAL is whole, only older; a WAL beside a new database would be wrong.
        _ = rename("\(path)-wal", "\(directory)/\(aside)-wal")
        let renamed = rename(path, "\(directory)/\(aside)") == 0
        let failure = errno
        if !renamed, failure != ENOENT, unlink(path) != 0, rmdir(path) != 0 {
            let message = String(cString: strerror(failure))
            throw StorageError(.retryLater, code: .cannotOpen, operation: "rename \(path)", message: message)
        }
        _ = unlink("\(path)-wal")
        _ = unlink("\(path)-journal")
        prune(name, in: directory)
        return renamed ? aside : nil
    }

    /// Opening failed because of what lies at `path` itself (a directory, a foreign owner), not because the system is
    /// short of something: waiting would not help.
    static func isUnusable(_ path: String, _ error: StorageError) -> Bool {
        guard error.code.primary == .cannotOpen else { return false }
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        let failure = errno
        if descriptor >= 0 { close(descriptor) }
        return descriptor < 0 && [EISDIR, EACCES, EPERM, ELOOP, ENXIO].contains(failure)
    }

    private static func prune(_ name: String, in directory: String) {
        let prefix = "\(name).damaged-"
        let databases = names(in: directory).filter { $0.hasPrefix(prefix) && !$0.hasSuffix("-wal") }.sorted()
        for old in databases.dropLast(limit) {
            _ = unlink("\(directory)/\(old)")
            _ = unlink("\(directory)/\(old)-wal")
        }
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        return names
    }
}

/// `20261121T070000Z`: sorts by time, fits in a file name.
struct UTCStamp {
    let text: String

    init(nanoseconds: Nanoseconds) {
        var seconds = time_t(nanoseconds / .seconds(1))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        text =
            "\(Int(parts.tm_year) + 1900)\(two(parts.tm_mon + 1))\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour))\(two(parts.tm_min))\(two(parts.tm_sec))Z"
    }
}
