internal import CLinux
internal import Glibc

/// A descriptor that another thread makes readable, to end a poll(2) early: an eventfd.
package final class WakeUp: Sendable {
    /// For poll; -1 when the kernel had no descriptor left (then polls just run to their timeout).
    package let descriptor: CInt

    package init() { descriptor = CLinux_eventfd() }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Makes the descriptor readable. Never blocks; any thread.
    package func signal() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Blocks the calling thread until the descriptor is readable.
    package func wait() {
        var events: CShort = 0
        while CLinux_poll_one(descriptor, CShort(POLLIN), -1, &events) < 1 {}
    }

    /// The same, for at most so many nanoseconds.
    package func wait(atMost nanoseconds: Int64) {
        var events: CShort = 0
        _ = CLinux_poll_one(descriptor, CShort(POLLIN), nanoseconds, &events)
    }

    /// Makes it unreadable again; call before looking at what the signal was about.
    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
