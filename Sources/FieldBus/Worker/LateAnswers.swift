internal import GatewayModel

/// Requests of one device that were given up and whose answers may still come.
///
/// Over RTU nothing in an answer says which address it belongs to. While a late answer is plausible, the device is
/// asked only what such an answer cannot be mistaken for: something of another length or function, or the very same
/// request again. Other devices are asked meanwhile, since the unit tells theirs apart. So it costs nobody else.
/// A frame that looks like the late answer does not end the wait: it may be another device's under a wrong unit.
struct LateAnswers: Sendable {
    private struct Expected {
        var request: ReadRequest
        /// After that no answer is plausible.
        var until: BootTime
    }

    /// More than this many at once are not remembered singly: the device is then not asked until all are over.
    private static let capacity = 8

    private var expected: [Expected] = []
    /// An answer is still plausible, or was when it was last looked.
    var isExpecting: Bool { !expected.isEmpty || blockedUntil != nil }
    /// Nothing is asked before.
    private var blockedUntil: BootTime?

    /// A request that this frame could answer was given up.
    func expects(_ frame: StrayFrame) -> Bool {
        blockedUntil != nil
            || expected.contains {
                $0.request.function == frame.function && [$0.request.dataBytes, 0].contains(frame.dataBytes)
            }
    }

    /// An answer may still come.
    func mayHear(at now: BootTime) -> Bool {
        expected.contains { now < $0.until } || blockedUntil.map { now < $0 } ?? false
    }

    /// How long after the end of a request its answer is still plausible: three response timeouts, at least 1 s, at
    /// most 5 s beyond the timeout.
    static func limit(timeout: Nanoseconds) -> Nanoseconds {
        min(max(3 * timeout, .seconds(1)), timeout + .seconds(5))
    }

    /// The request got no answer; it may come until `until`.
    mutating func expect(_ request: ReadRequest, until: BootTime) {
        if expected.count >= Self.capacity {
            blockedUntil = max(blockedUntil ?? until, until)
            expected.removeFirst()
        }
        expected.append(Expected(request: request, until: until))
    }

    /// A spoiled answer to `request` has come; if others of its shape are expected, it may have been one of those.
    mutating func spoiled(_ request: ReadRequest, until: BootTime) {
        if expected.contains(where: { $0.request.shape == request.shape }) { expect(request, until: until) }
    }

    /// The device answered `request`. Devices answer in order, so what was asked before an answer of another shape
    /// will not come any more. If it was the same shape, it may have been the late one, and this one's is to come.
    mutating func answered(_ request: ReadRequest, until: BootTime) {
        if !expected.contains(where: { $0.request.shape == request.shape }) {
            expected = []
            blockedUntil = nil
        } else {
            for index in expected.indices where expected[index].request.shape == request.shape {
                expected[index].until = max(expected[index].until, until)
            }
        }
    }

    /// When `request` may be asked: `now`, or later.
    mutating func earliest(_ request: ReadRequest, now: BootTime) -> BootTime {
        guard !expected.isEmpty || blockedUntil != nil else { return now }
        expected.removeAll { $0.until <= now }
        if let blocked = blockedUntil, blocked <= now { blockedUntil = nil }
        let mistakable = expected.filter { $0.request.shape == request.shape && $0.request != request }
        return max(now, max(blockedUntil ?? now, mistakable.map(\.until).max() ?? now))
    }

    /// The connection was made anew, or the port opened again, long after.
    mutating func forget() { self = LateAnswers() }
}
