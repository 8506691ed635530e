internal import GatewayModel
internal import Glibc
internal import Synchronization
internal import ThreadExecutor

/// Resolves one host name on a thread of its own, since the resolver blocks for as long as its servers are silent and
/// a bus must stop within a second. One at a time; a late result is used by the next attempt.
final class NameLookup: Sendable {
    private struct State {
        var isRunning = false
        var result: SocketAddress.Resolution?
    }

    /// The host that is looked up.
    var name: String { host }
    private let host: String
    private let port: UInt16
    private let state = Mutex(State())
    private let done = WakeUp()

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// nil: told to stop.
    func resolve(until limit: BootTime, wait: LineWait) -> SocketAddress.Resolution? {
        if case .found(let address) = SocketAddress.resolve(host: host, port: port, numericOnly: true) {
            return .found(address)
        }
        start()
        while true {
            let ending = wait.wait(for: done.descriptor, until: limit)
            if ending == .stopped { return nil }
            done.clear()
            if let result = state.withLock({ $0.result.take() }) { return result }
            if ending == .timedOut || wait.now >= limit { return .failed("the name server does not answer") }
        }
    }

    private func start() {
        let mustStart = state.withLock { state in
            defer { state.isRunning = true }
            return !state.isRunning && state.result == nil
        }
        guard mustStart else { return }
        var handle = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let created = pthread_create(&handle, nil, lookUp, context)
        if created == 0 {
            pthread_detach(handle)
        } else {
            Unmanaged<NameLookup>.fromOpaque(context).release()
            finish(.failed("no thread for the resolver"))
        }
    }

    fileprivate func run() {
        finish(SocketAddress.resolve(host: host, port: port, numericOnly: false))
    }

    private func finish(_ result: SocketAddress.Resolution) {
        state.withLock { $0 = State(isRunning: false, result: result) }
        done.signal()
    }
}

private func lookUp(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<NameLookup>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
