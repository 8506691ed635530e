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
        port = Self.freePort()
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
        while !Self.accepts(port) {
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

    /// A port that nobody listens on now.
    package static func freePort() -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, length)
                _ = getsockname(descriptor, $0, &length)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func accepts(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
