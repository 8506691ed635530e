internal import GatewayModel
internal import Glibc

/// A connected TCP socket, non-blocking, without delay, kept alive. Closed with the last reference.
final class TCPConnection {
    enum Failure: Error {
        case refused(LinkError)
        case stopped
    }

    let descriptor: CInt

    /// Connects within `timeout`; blocks this thread until then, or until it is told to stop.
    init(to endpoint: SocketAddress, timeout: Nanoseconds, wait: LineWait) throws(Failure) {
        let descriptor = socket(endpoint.family, CInt(SOCK_STREAM.rawValue) | Self.socketFlags, 0)
        guard descriptor >= 0 else { throw Self.refused("socket", errno, endpoint) }
        do throws(Failure) {
            try Self.connect(descriptor, to: endpoint, until: wait.now + timeout, wait: wait)
        } catch {
            close(descriptor)
            throw error
        }
        Self.configure(descriptor)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    private static let socketFlags = CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)

    private static func connect(
        _ descriptor: CInt, to endpoint: SocketAddress, until limit: BootTime, wait: LineWait
    ) throws(Failure) {
        let result = endpoint.withPointer { Glibc.connect(descriptor, $0, $1) }
        if result == 0 { return }
        guard errno == EINPROGRESS || errno == EINTR else { throw refused("connect", errno, endpoint) }
        switch wait.wait(for: descriptor, toWrite: true, until: limit) {
        case .stopped: throw .stopped
        case .timedOut: throw refused("connect", ETIMEDOUT, endpoint)
        case .ready, .hungUp: break
        }
        var number: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size) == 0 else {
            throw refused("getsockopt", errno, endpoint)
        }
        if number != 0 { throw refused("connect", number, endpoint) }
    }

    /// A request is one small segment and must not wait for another; a peer that vanished without a word is noticed
    /// after a minute even while nothing is due.
    private static func configure(_ descriptor: CInt) {
        let tcp = CInt(IPPROTO_TCP)
        set(descriptor, tcp, TCP_NODELAY, 1)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, tcp, TCP_KEEPIDLE, 30)
        set(descriptor, tcp, TCP_KEEPINTVL, 10)
        set(descriptor, tcp, TCP_KEEPCNT, 3)
    }

    private static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) {
        var value = value
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func refused(_ operation: String, _ number: CInt, _ endpoint: SocketAddress) -> Failure {
        let reason = String(cString: strerror(number))
        return .refused(
            LinkError(description: "\(endpoint.text): \(operation): \(reason); check address, port and network"))
    }
}
