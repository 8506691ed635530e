/// What an answer meant, for the truth log.
struct Served: Sendable {
    var device: String
    var values: [TruthValue]
    /// The event to log in place of the values, such as `crc`; nil: served as it should be.
    var event: String?
    /// Of an exception.
    var code: UInt8?
    /// When the first byte of the request arrived; CLOCK_MONOTONIC.
    var asked: Nanoseconds?
    /// A master may take the values or may not: there is noise around the frame.
    var isDoubtful = false
}
