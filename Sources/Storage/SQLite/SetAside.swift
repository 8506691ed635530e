internal import GatewayModel
internal import Glibc

/// Puts a damaged database out of the way, to be salvaged and to be looked at by people.
///
/// `outbox.sqlite` becomes `outbox.sqlite.damaged-20261121T070000Z`, its WAL the same with `-wal`; once all that is
/// sound in it has been taken out, `.searched-`. At most ``limit`` such files are kept per database; the searched ones
/// and those that hold next to nothing go first, then the oldest.
enum SetAside {
    static let limit = 3
    /// Bytes of database and WAL up to which there cannot even be tables in it.
    static let emptySize: Int64 = 4 << 10
    /// Up to which there is hardly more than the tables.
    private static let smallSize: Int64 = 48 << 10
    private static let damaged = ".damaged-"
    private static let searched = ".searched-"

    /// - Returns: the new name; nil when it was removed instead: it was empty, or could not be renamed.
    /// - Throws: `SQLITE_CANTOPEN` when it can neither be renamed nor removed.
    static func move(_ name: String, in directory: String, at realTime: Nanoseconds) throws(StorageError) -> String? {
        var stamp = UTCStamp(nanoseconds: realTime).text
        let taken = Set(names(in: directory))
        var counter = 2
        while taken.contains(name + damaged + stamp) || taken.contains(name + searched + stamp), counter < 100 {
            stamp = "\(UTCStamp(nanoseconds: realTime).text)-\(counter)"
            counter += 1
        }
        let aside = name + damaged + stamp
        let path = "\(directory)/\(name)"
        if size(of: path) + size(of: "\(path)-wal") <= emptySize {
            try remove(path)
            return nil
        }
        // The WAL first: a database without its WAL is whole, only older; a WAL beside a new database would be wrong.
        _ = rename("\(path)-wal", "\(directory)/\(aside)-wal")
        let isRenamed = rename(path, "\(directory)/\(aside)") == 0
        if !isRenamed { _ = unlink("\(directory)/\(aside)-wal") }
        try remove(path)
        prune(name, in: directory, keeping: aside)
        return isRenamed ? aside : nil
    }

    /// Also what SQLite leaves beside it.
    private static func remove(_ path: String) throws(StorageError) {
        _ = unlink("\(path)-wal")
        _ = unlink("\(path)-journal")
        guard unlink(path) != 0, errno != ENOENT else { return }
        let failure = errno
        // Somebody made a directory of that name.
        guard rmdir(path) != 0 else { return }
        let message = String(cString: strerror(failure))
        throw StorageError(.retryLater, code: .cannotOpen, operation: "unlink \(path)", message: message)
    }

    private static func size(of path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Opening failed because of what lies at `path` itself, not because the system is short of something: a
    /// directory, a foreign owner, a header that says "read-only". Waiting would not help.
    static func isUnusable(_ path: String, _ error: StorageError) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        let failure = errno
        if descriptor >= 0 { close(descriptor) }
        return switch error.code.primary {
        case .readonly: descriptor >= 0
        case .cannotOpen: descriptor < 0 && [EISDIR, EACCES, EPERM, ELOOP, ENXIO].contains(failure)
        default: false
        }
    }

    /// Files of `name` that have been set aside and not been searched yet, oldest first.
    static func unsearched(_ name: String, in directory: String) -> [String] {
        names(in: directory).filter { $0.hasPrefix(name + damaged) && !$0.hasSuffix("-wal") }.sorted()
    }

    /// Nothing is left to be got out of it.
    /// - Returns: its new name.
    @discardableResult
    static func markSearched(_ aside: String, in directory: String) -> String {
        guard let range = aside.lastRange(of: damaged) else { return aside }
        let name = "\(aside[..<range.lowerBound])\(searched)\(aside[range.upperBound...])"
        _ = rename("\(directory)/\(aside)-wal", "\(directory)/\(name)-wal")
        // One that stays under its name is searched again after the next start, which finds nothing new.
        return rename("\(directory)/\(aside)", "\(directory)/\(name)") == 0 ? name : aside
    }

    /// - Parameter newest: kept whatever its name says; the clock may be wrong.
    private static func prune(_ name: String, in directory: String, keeping newest: String) {
        func others(_ word: String) -> [String] {
            names(in: directory).filter { $0.hasPrefix(name + word) && !$0.hasSuffix("-wal") && $0 != newest }.sorted()
        }
        let waiting = others(damaged)
        let isSmall = { (file: String) in size(of: "\(directory)/\(file)") <= smallSize }
        let all = others(searched) + waiting.filter(isSmall) + waiting.filter { !isSmall($0) }
        for old in all.dropLast(limit - 1) {
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

extension String {
    /// Where `part` occurs last.
    fileprivate func lastRange(of part: String) -> Range<String.Index>? {
        var end = endIndex
        while end > startIndex {
            let tail = self[..<end]
            if tail.hasSuffix(part) { return index(end, offsetBy: -part.count)..<end }
            end = index(before: end)
        }
        return nil
    }
}
