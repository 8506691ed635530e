internal import GatewayModel

/// How long to wait until a port is tried again: 0.2 s, then twice as long each time, at most 5 s.
struct BackOff: Sendable {
    static let shortest: Nanoseconds = .milliseconds(200)
    static let longest: Nanoseconds = .seconds(5)

    private var wait = shortest

    mutating func next() -> Nanoseconds {
        defer { wait = min(2 * wait, Self.longest) }
        return wait
    }

    mutating func reset() { wait = Self.shortest }
}
