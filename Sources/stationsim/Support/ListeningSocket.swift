import Glibc

/// A TCP port that listens.
struct ListeningSocket {
    let descriptor: CInt
    /// The port that was taken.
    let port: UInt16
    private let owner: Owner

    /// Closes with the last copy.
    private final class Owner: Sendable {
        let descriptor: CInt
        init(_ descriptor: CInt) { self.descriptor = descriptor }
        deinit { close(descriptor) }
    }

    /// - Parameters:
    ///   - host: Dotted IPv4.
    ///   - port: 0 takes a free one.
    init(host: String, port: UInt16) throws(SocketError) {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { throw .last("socket") }
        owner = Owner(descriptor)
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw SocketError(operation: "address \(host)", number: EINVAL)
        }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> CInt in
                guard bind(descriptor, address, length) == 0, listen(descriptor, 16) == 0 else { return -1 }
                return getsockname(descriptor, address, &length)
            }
        }
        guard status == 0 else { throw .last("bind \(host):\(port)") }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// The next connection that waits, non-blocking; nil when none does.
    func accept() -> CInt? {
        let fresh = Glibc.accept(descriptor, nil, nil)
        guard fresh >= 0 else { return nil }
        _ = fcntl(fresh, F_SETFL, O_RDWR | O_NONBLOCK)
        _ = fcntl(fresh, F_SETFD, FD_CLOEXEC)
        var yes: CInt = 1
        setsockopt(fresh, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
        return fresh
    }

    /// Writes the port number as text; nobody sees the file half written.
    func writePort(to path: String) throws(SocketError) {
        let fresh = "\(path).new\(getpid())"
        let file = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .last("open \(fresh)") }
        var text = "\(port)\n"
        let isWhole = text.withUTF8 { write(file, $0.baseAddress, $0.count) == $0.count }
        close(file)
        guard isWhole, rename(fresh, path) == 0 else { throw .last("write \(path)") }
    }
}

/// Which system call failed, and with what errno.
struct SocketError: Error, CustomStringConvertible {
    var operation: String
    var number: CInt

    static func last(_ operation: String) -> Self { Self(operation: operation, number: errno) }
    var description: String { "\(operation): \(String(cString: strerror(number)))" }
}
