internal import Glibc

/// Small files of /proc and /sys.
enum SystemFile {
    /// The first 4 KiB; nil: it is not there, or cannot be read.
    static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// The whole number at the beginning.
    static func integer(_ path: String) -> Int64? {
        text(path).flatMap { Int64(String($0.prefix { $0 == "-" || $0.isASCII && $0.isNumber })) }
    }

    /// Into a file that is there. 0, or errno.
    static func write(_ text: String, to path: String) -> CInt {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return errno }
        defer { close(file) }
        let bytes = Array(text.utf8)
        let count = Glibc.write(file, bytes, bytes.count)
        return count == bytes.count ? 0 : count < 0 ? errno : EIO
    }

    /// Paths that a pattern of glob(7) fits, sorted; at most 64.
    static func matches(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
        return (0..<min(Int(found.gl_pathc), 64)).compactMap { paths[$0].map { String(cString: $0) } }
    }
}
