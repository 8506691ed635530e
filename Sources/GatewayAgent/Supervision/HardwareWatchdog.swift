internal import CLinux
package import GatewayModel
internal import Glibc

/// The board's own watchdog, for boards without a service manager: unfed for its timeout, it resets the machine.
///
/// Linux watchdog API (Documentation/watchdog/watchdog-api.rst): any write feeds, a `V` before closing disarms.
package final class HardwareWatchdog: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: CInt
    /// As the driver took it, which may differ from what was asked for.
    package let timeout: Nanoseconds

    /// Arms it. Blocks only as long as the driver does.
    package init(_ description: WatchdogDescription) throws(Failure) {
        let seconds = max(1, description.timeout / 1_000_000_000)
        var taken = CInt(clamping: seconds)
        descriptor = CLinux_watchdog_open(description.path, &taken)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure(description: "watchdog \(description.path) cannot be opened: \(reason)")
        }
        timeout = Nanoseconds(max(taken, 1)) * 1_000_000_000
    }

    deinit { close(descriptor) }

    package func feed() { _ = CLinux_write_byte(descriptor, 0) }

    /// At a clean stop: the machine is not reset. A driver with `nowayout` keeps on counting all the same.
    package func disarm() { _ = CLinux_write_byte(descriptor, CChar(UInt8(ascii: "V"))) }
}
