internal import Glibc

extension PseudoTerminal {
    /// Makes `path` a symbolic link to the other end, replacing a link that stands there; nobody sees it half made.
    ///
    /// A file that is not a link is left alone: that throws with EEXIST.
    package func link(at path: String) throws(PseudoTerminalError) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
            throw PseudoTerminalError(operation: "link \(path)", number: EEXIST)
        }
        let fresh = "\(path).new\(getpid())"
        Glibc.unlink(fresh)
        guard symlink(slavePath, fresh) == 0 else { throw .last("symlink \(fresh)") }
        guard rename(fresh, path) == 0 else {
            let error = PseudoTerminalError.last("rename \(path)")
            Glibc.unlink(fresh)
            throw error
        }
    }

    /// Removes the link, unless by now it leads somewhere else.
    package func unlink(from path: String) {
        var target = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &target, target.count)
        guard count > 0 else { return }
        let text = String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text == slavePath { Glibc.unlink(path) }
    }
}
