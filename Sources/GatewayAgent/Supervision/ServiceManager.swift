internal import CLinux
package import GatewayModel
package import Glibc

/// systemd, as far as a service talks to it: datagrams to the socket that it names (sd_notify(3), "Notes").
package struct ServiceManager: Sendable {
    private let socket: String
    /// How often it wants a sign of life at most; nil: it does not watch this process.
    package let watchdogPeriod: Nanoseconds?

    /// nil: this process was not started by a service manager that wants to be told.
    package static func fromEnvironment() -> ServiceManager? {
        ServiceManager(variable: { name in getenv(name).map { String(cString: $0) } }, process: getpid())
    }

    /// - Parameter variable: an environment variable's value, by name.
    package init?(variable: (String) -> String?, process: pid_t) {
        guard let socket = variable("NOTIFY_SOCKET"), socket.hasPrefix("/") || socket.hasPrefix("@") else { return nil }
        self.socket = socket
        // WATCHDOG_PID names another process when the variables were inherited (sd_watchdog_enabled(3)).
        let isMeant = variable("WATCHDOG_PID").map { $0 == String(process) } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap(Int64.init) ?? 0
        let isWatched = isMeant && microseconds > 0 && microseconds < .max / 1_000
        watchdogPeriod = isWatched ? microseconds * 1_000 : nil
    }

    /// Never blocks; what the manager cannot take is lost, and the next one comes.
    package func tell(_ message: String) { _ = CLinux_notify(socket, message) }

    package static let ready = "READY=1"
    package static let stopping = "STOPPING=1"
    package static let alive = "WATCHDOG=1"
}
