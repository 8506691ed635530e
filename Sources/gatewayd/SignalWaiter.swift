internal import Glibc
internal import ThreadExecutor

/// Waits for SIGTERM and SIGINT on a thread of its own; nothing ever runs inside a signal handler.
actor SignalWaiter {
    private let executor = ThreadExecutor(name: "signals", stackSize: 64 << 10)
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Keeps both from ending the process. Call it first of all, while there is one thread: others inherit it.
    static func block() {
        var set = Self.signals()
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks this actor's thread until one of them comes; its number.
    func next() -> CInt {
        var set = Self.signals()
        var number: CInt = 0
        while sigwait(&set, &number) != 0 {}
        return number
    }

    private static func signals() -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
