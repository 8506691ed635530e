internal import GatewayModel
internal import SerialLine

/// The times of one line, in nanoseconds.
struct RTUPace: Hashable, Sendable {
    /// nil: the baud rate is behind a converter and not known.
    private let timing: LineTiming?
    /// Silence between two frames.
    let silence: Nanoseconds
    /// Nothing seen for that long means that nothing is on the line or on its way up: inside a frame that no more of it
    /// comes, after an error that the line is silent. More than the 3.5 characters of the standard, for a UART hands
    /// over what it receives in portions (of up to 14 characters, or after 4 of silence), adapters in bursts (FTDI:
    /// every 16 ms), converters by packet.
    let gap: Nanoseconds

    init(serial timing: LineTiming) {
        self.timing = timing
        silence = timing.frameSilence
        gap = max(timing.frameSilence + timing.characters(16), .milliseconds(20))
    }

    /// A TCP connection to a converter, which keeps the silences of its line itself.
    init(converter: Void) {
        timing = nil
        silence = 0
        gap = .milliseconds(50)
    }

    /// How long after its first character has begun an answer may still be out of sight: a UART waits for 8 characters,
    /// or for the end and 4 more.
    func hidden(_ answerBytes: Int) -> Nanoseconds { characters(min(answerBytes, 8) + 4) }

    /// How long `count` characters are on the line; 0 behind a converter.
    func characters(_ count: Int) -> Nanoseconds { timing?.characters(count) ?? 0 }

    /// When to look again for bytes that should have been there for `waited`: soon at first, since they are late by
    /// microseconds; then in growing steps. When more is missing than a UART keeps back, not before it can have come.
    func step(missing: Int, waited: Nanoseconds) -> Nanoseconds {
        let soon: Nanoseconds = timing == nil ? .milliseconds(1) : .microseconds(50)
        return max(soon, min(waited / 2, .milliseconds(5)), characters(max(0, missing - 16)))
    }

    /// How long libmodbus may wait between bytes, microseconds: hardly, since they have arrived.
    func patience(whole: Bool) -> UInt32 { whole ? 20_000 : 1_000 }

    /// The longest time that emptying the line may take: two of the longest frames, at least 100 ms.
    var longestDrain: Nanoseconds { max(.milliseconds(100), characters(512)) }
}
