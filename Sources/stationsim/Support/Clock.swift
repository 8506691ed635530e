import Glibc

/// A moment or a span in nanoseconds. Moments of the line are CLOCK_MONOTONIC, those of the truth log CLOCK_REALTIME.
typealias Nanoseconds = Int64

enum Clock {
    static func monotonic() -> Nanoseconds { read(CLOCK_MONOTONIC) }
    static func realtime() -> Nanoseconds { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

extension Nanoseconds {
    var seconds: Double { Double(self) / 1e9 }
    var milliseconds: Double { Double(self) / 1e6 }
}
