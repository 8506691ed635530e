internal import CLinux
internal import Glibc
package import Logging
internal import Synchronization
internal import ThreadExecutor

/// Answers what a technician asks over the daemon's Unix socket: one line in, one answer out, then it closes.
///
/// Runs on a thread of its own and serves one client after the other; a client that neither writes nor reads for
/// 2 s is dropped, so nobody can hold the socket. Requests are at most 1,024 bytes.
package actor ShellServer {
    /// Makes the answer to a request line; `nil` for a line that it does not know. Called on the server's thread.
    /// `user`: id of the user whose process asks, by the kernel; nil: not known.
    package typealias Responder = @Sendable (_ words: [String], _ user: UInt32?) -> [UInt8]?

    static let longestRequest = 1_024

    private let executor = ThreadExecutor(name: "shell")
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private let logger: Logger
    private let respond: Responder
    private let wakeUp = WakeUp()
    private let stopped = Mutex(false)
    private var listener: CInt = -1

    package init(path: String, logger: Logger, respond: @escaping Responder) {
        self.path = path
        self.logger = logger
        self.respond = respond
    }

    /// Between two tries to listen where the directory of the socket is not there or cannot be written.
    private static let pause: Int64 = 5_000_000_000

    /// Begins to listen; a failure is logged once and tried again.
    package nonisolated func start() {
        Task { await self.serve() }
    }

    /// Ends within the time-out of the client that is being served, removes the socket, joins the thread. Blocks.
    package nonisolated func stop() {
        stopped.withLock { $0 = true }
        wakeUp.signal()
        executor.shutdown()
    }

    private func serve() {
        var isFirst = true
        while !listen(saying: isFirst) {
            isFirst = false
            var (none, woken): (Int16, Int16) = (0, 0)
            CLinux_poll_two(-1, 0, wakeUp.descriptor, Int16(POLLIN), Self.pause, &none, &woken)
            if stopped.withLock({ $0 }) { return }
        }
        while !stopped.withLock({ $0 }) {
            var readable: Int16 = 0
            var woken: Int16 = 0
            CLinux_poll_two(listener, Int16(POLLIN), wakeUp.descriptor, Int16(POLLIN), -1, &readable, &woken)
            guard readable != 0 else { continue }
            let client = accept(listener, nil, nil)
            guard client >= 0 else { continue }
            answer(client)
            close(client)
        }
        close(listener)
        unlink(path)
    }

    private func listen(saying isFirst: Bool) -> Bool {
        listener = UnixSocket.open()
        unlink(path)
        let bound = UnixSocket.withAddress(path) { bind(listener, $0, $1) }
        guard listener >= 0, bound == 0, chmod(path, 0o660) == 0, Glibc.listen(listener, 8) == 0 else {
            let reason = String(cString: strerror(errno))
            if isFirst { logger.error("no shell yet: cannot listen on \(path)", metadata: ["reason": "\(reason)"]) }
            if listener >= 0 { close(listener) }
            return false
        }
        return true
    }

    private func answer(_ client: CInt) {
        UnixSocket.setTimeouts(client, seconds: 2)
        let newline = UInt8(ascii: "\n")
        guard let bytes = UnixSocket.readAll(client, limit: Self.longestRequest, isEnough: { $0.contains(newline) }),
            let end = bytes.firstIndex(of: newline)
        else { return }
        let words = bytes[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        let unknown =
            "error: unknown request; known: status [--json], frames BUS, learnt [--template], scan BUS, "
            + "history POINT [--json], set OUTPUT on|off, total COUNTER VALUE\n"
        _ = UnixSocket.writeAll(
            client, respond(words, UInt32(exactly: CLinux_peer_user(client))) ?? Array(unknown.utf8))
    }
}
