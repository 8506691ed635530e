import Glibc

/// The signals that the program acts on, taken one by one by the main thread instead of by handlers.
struct ProgramSignals {
    private var awaited = sigset_t()

    /// Blocks them for this thread and all that it starts from now on.
    init() {
        sigemptyset(&awaited)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2] { sigaddset(&awaited, signal) }
        pthread_sigmask(SIG_BLOCK, &awaited, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    enum Wake { case stop, report, reset, time }

    /// Waits for one of them or the moment, CLOCK_MONOTONIC.
    func wait(until deadline: Nanoseconds) -> Wake {
        var set = awaited
        let left = max(0, deadline - Clock.monotonic())
        var limit = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        switch sigtimedwait(&set, nil, &limit) {
        case SIGUSR1: return .report
        case SIGUSR2: return .reset
        case SIGINT, SIGTERM, SIGHUP: return .stop
        default: return .time
        }
    }
}
