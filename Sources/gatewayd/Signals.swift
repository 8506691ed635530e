internal import Glibc

/// SIGTERM and SIGINT, taken by the main thread where it waits for them: nothing ever runs inside a signal handler.
enum Signals {
    /// Keeps both from ending the process. The very first thing of `main`, while there is one thread: all others
    /// inherit the mask. (An `async` main would be too late: it runs on a thread of the pool.)
    static func block() {
        var set = wanted
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Blocks the calling thread until one of them comes.
    static func wait() {
        var set = wanted
        var number: CInt = 0
        while sigwait(&set, &number) != 0 {}
    }

    private static var wanted: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }
}
