internal import Glibc

/// An IPv4 or IPv6 address with its port.
struct SocketAddress: Sendable {
    let family: CInt
    /// `host:port` as it was configured.
    let text: String
    private let bytes: [UInt8]

    /// nil: `info` holds no address.
    private init?(_ info: addrinfo, text: String) {
        guard let address = info.ai_addr, info.ai_addrlen > 0 else { return nil }
        family = info.ai_family
        self.text = text
        bytes = Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
    }

    func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        // Copied into storage that is aligned for any address family.
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes.prefix($0.count)) }
        return withUnsafePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(bytes.count)) }
        }
    }

    enum Resolution: Sendable {
        case found(SocketAddress)
        /// The resolver's word for why not.
        case failed(String)
    }

    /// - Parameter numericOnly: answer at once, from the text alone; otherwise the call may block for many seconds.
    static func resolve(host: String, port: UInt16, numericOnly: Bool) -> Resolution {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = numericOnly ? AI_NUMERICHOST | AI_NUMERICSERV : AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard result == 0 else { return .failed(String(cString: gai_strerror(result))) }
        guard let list, let address = SocketAddress(list.pointee, text: "\(host):\(port)") else {
            return .failed("no address")
        }
        return .found(address)
    }
}
