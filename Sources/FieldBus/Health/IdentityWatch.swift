internal import GatewayModel

/// Which device answers at an address: the value of its identity point, compared with what was read first. Pure.
///
/// Looked at before the first values after the start, a lost port, each request that the device did not answer, since
/// meters are changed with their power off, and each time that it has not been heard for long enough to be changed; then
/// once a day. A meter that says who it is in every answer is looked at with every answer. Another value is believed when
/// it was read twice in a row.
struct IdentityWatch: Sendable {
    static let interval: Nanoseconds = .seconds(24 * 3_600)
    /// While another device is there, and after looks that came to nothing.
    static let soon: Nanoseconds = .seconds(600)
    /// Looks without an answer until values are delivered all the same: some devices never answer this register.
    static let patience = 3
    /// Nobody changes a meter faster: who is asked more often misses a request.
    static let quickestChange: Nanoseconds = .seconds(15)
    /// A look that found no gap for so long goes before the device's next values.
    static let longestWait: Nanoseconds = .seconds(60)

    /// What was read first, in this run or an earlier one; nil: nothing yet.
    private(set) var expected: String?
    /// What was read last; nil: nothing in this run.
    private(set) var seen: String?
    private(set) var nextLook: BootTime
    /// No values before the next look.
    private(set) var isDue = true
    private var doubted: String?
    private var failures = 0
    /// After a look that nobody answered, the device must answer something else first.
    private var isWaiting = false
    /// It does not answer looks any more.
    private var hasGivenUp = false

    init(now: BootTime) { nextLook = now }

    /// Another device than the expected one answers: its values are not what the config takes them for.
    var isOther: Bool {
        guard let seen, let expected else { return false }
        return seen != expected
    }

    /// The look goes before the values now.
    func precedes(now: BootTime) -> Bool { !isWaiting && (isDue || now - nextLook > Self.longestWait) }

    /// Nothing is known of who answers now, but of who should.
    var withholds: Bool { isOther || (isDue && expected != nil) }

    /// - Returns: whether to look again at once.
    mutating func read(_ identity: String, now: BootTime) -> Bool {
        hasGivenUp = false
        if identity != expected ?? identity, identity != seen, identity != doubted {
            doubted = identity
            return true
        }
        if expected == nil { expected = identity }
        seen = identity
        settle(now: now, next: isOther ? Self.soon : Self.interval)
        return false
    }

    /// An exception that says that there is no such register. Of a device that had it, that is another identity.
    mutating func refused(now: BootTime) -> Bool {
        guard expected == nil else { return read(Self.none, now: now) }
        settle(now: now, next: Self.interval)
        return false
    }

    static let none = "none"

    /// Nobody answered, or nothing that is an identity.
    mutating func failed(now: BootTime) {
        failures += 1
        isWaiting = true
        nextLook = now + Self.soon
        guard failures >= Self.patience else { return }
        settle(now: now, next: Self.soon)
        hasGivenUp = true
    }

    /// It was heard last so long before its next request.
    mutating func unheard(for time: Nanoseconds) {
        if time > Self.quickestChange, seen != nil, !isDue, !hasGivenUp { isDue = true }
    }

    /// The device has answered something else.
    mutating func deviceAnswered() { isWaiting = false }

    /// The device, or its port, was away: it may have been changed.
    mutating func deviceReturned() {
        isDue = true
        isWaiting = false
        failures = 0
        doubted = nil
    }

    /// What an earlier run read.
    mutating func recall(_ identity: String) {
        guard identity != expected else { return }
        expected = identity
        // Read once in this run so far: that is not enough to call it another one.
        seen = nil
        deviceReturned()
    }

    /// A person says that the device that answers now is the right one. False: none has said who it is.
    mutating func accept() -> Bool {
        guard let seen, seen != Self.none else { return false }
        expected = seen
        return true
    }

    private mutating func settle(now: BootTime, next: Nanoseconds) {
        isDue = false
        isWaiting = false
        failures = 0
        doubted = nil
        nextLook = now + next
    }
}

extension Sample {
    /// A number or text in one word of at most 40 characters; nil: no identity, an empty text or a fraction.
    var identity: String? {
        switch self {
        case .integer(let number): return "\(number)"
        case .text(let text):
            // Words, whatever stands between them.
            let words = text.utf8.prefix(40).split { !(0x21...0x7E).contains($0) }
                .map { String(decoding: $0, as: UTF8.self) }
            return words.isEmpty ? nil : words.joined(separator: "_")
        case .float32, .float64: return nil
        }
    }
}
