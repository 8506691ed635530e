internal import GatewayModel

/// By how much earlier than computed the last byte of an answer is looked for.
///
/// The computed moment hangs on when the first byte was *seen*, and a thread sees it late by as much as the kernel takes
/// to wake it; every microsecond of that would be silence added before the next request. A UART that hands over its
/// bytes in portions makes the last one later than computed instead, and the lead goes to nothing.
struct ArrivalLead: Hashable, Sendable {
    /// Nothing above is believed to be the rule, and no more time than this is watched awake.
    static let largest: Nanoseconds = .microseconds(200)
    /// Aimed at between the first look and the last byte, so that the byte is seen to come.
    private static let margin: Nanoseconds = .microseconds(15)

    private(set) var value: Nanoseconds = 0

    /// The last byte was seen `early` before the computed moment (negative: after it). `atOnce`: at the first look, so
    /// that it may have been there for longer.
    mutating func record(early: Nanoseconds, atOnce: Bool) {
        let wanted = atOnce ? max(value, early) + Self.margin : early + Self.margin
        value += (min(max(0, wanted), Self.largest) - value) / (atOnce ? 1 : 8)
    }
}
