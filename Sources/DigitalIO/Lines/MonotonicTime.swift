internal import GatewayModel
internal import Glibc

/// The kernel dates edges by CLOCK_MONOTONIC (linux/gpio.h), which stands still while the board is suspended; readings are
/// dated by CLOCK_BOOTTIME, which does not.
enum MonotonicTime {
    /// What is to be added to CLOCK_MONOTONIC now: the time spent suspended. Right for edges since the last resume.
    static func offset() -> Nanoseconds {
        var best: (width: Nanoseconds, offset: Nanoseconds) = (.max, 0)
        // Between the two looks at one clock the other is read; the thread may be held up between them, so three tries.
        for _ in 0..<3 {
            let before = now(CLOCK_MONOTONIC)
            let boot = now(CLOCK_BOOTTIME)
            let after = now(CLOCK_MONOTONIC)
            if after - before < best.width { best = (after - before, boot - (before + after) / 2) }
        }
        // Without suspension both clocks run as one; what is measured then is only the time between the looks.
        return abs(best.offset) <= best.width ? 0 : best.offset
    }

    private static func now(_ clock: clockid_t) -> Nanoseconds {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
