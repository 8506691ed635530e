import CLinux
import Glibc

/// Tells all threads to end: a descriptor that becomes readable and stays so.
final class StopSignal: Sendable {
    let descriptor: CInt

    /// nil when the system has no descriptor to give.
    init?() {
        descriptor = CLinux_eventfd()
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    func raise() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Waits until `other` is readable, the time has come or the signal is raised. A negative `other` is ignored.
    /// - Parameter deadline: CLOCK_MONOTONIC; nil: no limit.
    func wait(for other: CInt, until deadline: Nanoseconds?) -> Wake {
        let timeout = deadline.map { max(0, $0 - Clock.monotonic()) } ?? -1
        var (events, stop): (Int16, Int16) = (0, 0)
        let ready = CLinux_poll_two(other, Int16(POLLIN), descriptor, Int16(POLLIN), timeout, &events, &stop)
        if ready <= 0 { return .time }
        if stop != 0 { return .stop }
        return events != 0 ? .input : .time
    }

    enum Wake { case input, time, stop }
}
