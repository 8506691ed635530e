internal import Glibc

/// A platform's subscriber: mosquitto_sub, MQTT 5, everything with QoS 1.
package final class BrokerSubscriber: Sendable {
    package struct Message: Hashable, Sendable {
        package var topic: String
        package var isRetained: Bool
        /// The user property `lane`; empty where there is none.
        package var lane: String
        package var payload: [UInt8]
    }

    private let process: BrokerProcess

    /// Begins to subscribe; the first messages are the retained ones.
    ///
    /// - Parameters:
    ///   - session: a client id whose session, with its queue, outlives connections.
    ///   - extra: further arguments for mosquitto_sub.
    ///   - format: of a line, for mosquitto_sub; another than this one gives no ``messages``.
    package init(
        port: UInt16, topic: String = "#", session: String? = nil, format: String = "%t|%r|%P|%x", extra: [String] = []
    ) throws {
        // With MQTT 5, -c means a session that never expires.
        let keep = session.map { ["-i", $0, "-c"] } ?? []
        let server = ["-V", "5", "-h", "127.0.0.1", "-p", "\(port)"] + extra
        process = try BrokerProcess(
            ["/usr/bin/mosquitto_sub", "-q", "1", "-t", topic, "-t", Self.canary, "-F", format] + keep + server)
        try awaitSubscription(server)
    }

    private static let canary = "test/canary"

    /// A message that comes back proves the subscription.
    private func awaitSubscription(_ server: [String]) throws(BrokerError) {
        let canary = [
            "/usr/bin/mosquitto_pub", "-t", Self.canary, "-m", "1", "--repeat", "1000", "--repeat-delay", "0.05",
        ]
        let publisher = try BrokerProcess(canary + server)
        defer { publisher.end() }
        let deadline = ContinuousClock.now + .seconds(10)
        while !process.lines.contains(where: { $0.hasPrefix(Self.canary + "|") }) {
            guard ContinuousClock.now < deadline else { throw .doesNotSubscribe }
            usleep(5_000)
        }
    }

    /// Everything received so far, in order.
    package var messages: [Message] {
        process.lines.compactMap { line in
            let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 4, fields[0] != Self.canary else { return nil }
            let lane = fields[2].hasPrefix("lane:") ? String(fields[2].dropFirst(5)) : ""
            return Message(
                topic: fields[0], isRetained: fields[1] == "1", lane: lane, payload: bytes(hexadecimal: fields[3]))
        }
    }

    package func end() { process.end() }

    private func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }
}
