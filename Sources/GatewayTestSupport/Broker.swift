package import Foundation
internal import Glibc

/// A real mosquitto on a private port of the loopback, with its own directory; can be stopped and started again.
package final class Broker: @unchecked Sendable {
    // @unchecked: `process` is touched only with `lock` held.
    package let port: UInt16
    package let directory: URL
    private let lock = NSLock()
    private var process: BrokerProcess?

    /// Written but not started.
    ///
    /// - Parameter configuration: lines for mosquitto.conf beside the listener's; `DIR` becomes the directory's path.
    package init(
        _ configuration: [String] = ["allow_anonymous true"], listener address: String = "127.0.0.1"
    ) throws {
        port = TCP.freePort()
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("broker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let lines = ["listener \(port) \(address)", "max_queued_messages 0", "max_inflight_messages 100"]
        try write("mosquitto.conf", lines + configuration + (geteuid() == 0 ? ["user root"] : []))
    }

    deinit {
        process?.end("KILL")
        try? FileManager.default.removeItem(at: directory)
    }

    package func path(_ file: String) -> String { directory.appendingPathComponent(file).path }

    package func write(_ file: String, _ lines: [String]) throws {
        let text = (lines + [""]).joined(separator: "\n").replacingOccurrences(of: "DIR", with: directory.path)
        try text.write(toFile: path(file), atomically: true, encoding: .utf8)
    }

    /// Starts it and waits until it takes connections.
    package func start() throws {
        let started = try BrokerProcess(["/usr/sbin/mosquitto", "-c", path("mosquitto.conf")])
        lock.withLock { process = started }
        let deadline = ContinuousClock.now + .seconds(10)
        while !accepts() {
            guard ContinuousClock.now < deadline else { throw BrokerError.doesNotListen }
            usleep(5_000)
        }
    }

    /// - Parameter signal: `TERM`: says good-bye to its clients; `KILL`: does not.
    package func stop(_ signal: String = "TERM") {
        let running = lock.withLock {
            defer { process = nil }
            return process
        }
        running?.end(signal)
    }

    private func accepts() -> Bool {
        let descriptor = TCP.connect(to: port)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }
}
