internal import Glibc

/// The few calls on AF_UNIX stream sockets that server and client share. All block unless said otherwise.
enum UnixSocket {
    /// The longest path that fits `sockaddr_un`, terminating zero included.
    static let longestPath = 108

    static func open() -> CInt { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) }

    /// Calls `body` with the path as a socket address; -1 with ENAMETOOLONG when it does not fit.
    static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < longestPath else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    /// A reader or writer that makes no progress for this long is given up.
    static func setTimeouts(_ descriptor: CInt, seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    /// false when the other side went away or stopped reading.
    static func writeAll(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Reads until `isEnough`, the end, or `limit` bytes; nil on a time-out or error.
    static func readAll(_ descriptor: CInt, limit: Int, isEnough: ([UInt8]) -> Bool = { _ in false }) -> [UInt8]? {
        var all = [UInt8]()
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while all.count < limit && !isEnough(all) {
            let count = read(descriptor, &chunk, Swift.min(chunk.count, limit - all.count))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            all += chunk[..<count]
        }
        return all
    }
}
