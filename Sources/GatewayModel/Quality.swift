/// Whether a reading's value may be used, and if not, why (interfaces: "Quality").
///
/// Raw values are part of the batch format: never renumber, only append.
package enum Quality: UInt8, CaseIterable, Sendable {
    case good = 0
    /// Nothing answered within the response timeout.
    case noReply = 1
    /// Something answered, but its check sum was wrong.
    case checksum = 2
    /// A sound frame that does not match the request (unit, function, length, transaction).
    case wrongAnswer = 3
    /// The device refused with an exception code.
    case exception = 4
    /// The device sent its "no value" marker, or a float that is not a finite number.
    case noValue = 5
    /// The value lies outside `valid`.
    case outOfRange = 6
    /// The raw value lies outside `valid: {raw: ...}`: a 4-20 mA loop that is open or shorted.
    case sensorBroken = 7
    /// The port or connection of the bus is not there.
    case portLost = 8
    /// The point was due but the bus had no time for it.
    case stale = 9
    /// The agent has not asked for it yet.
    case notYetRead = 10
    /// A value set by hand in place of the measured one.
    case substituted = 11

    /// The word used in payloads, status and logs.
    package var name: String {
        switch self {
        case .good: "good"
        case .noReply: "no-reply"
        case .checksum: "checksum"
        case .wrongAnswer: "wrong-answer"
        case .exception: "exception"
        case .noValue: "no-value"
        case .outOfRange: "out-of-range"
        case .sensorBroken: "sensor-broken"
        case .portLost: "port-lost"
        case .stale: "stale"
        case .notYetRead: "not-yet-read"
        case .substituted: "substituted"
        }
    }

    /// A reading of this quality carries a value.
    package var carriesValue: Bool { self == .good || self == .substituted }
}
