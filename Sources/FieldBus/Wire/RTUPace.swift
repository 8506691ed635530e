internal import GatewayModel
internal import SerialLine

/// The times of one line, in nanoseconds.
struct RTUPace: Hashable, Sendable {
    /// nil: the baud rate is behind a converter and not known.
    private let timing: LineTiming?
    /// Silence between two frames.
    let silence: Nanoseconds
    /// Silence after which the line counts as empty again after an error.
    let quiet: Nanoseconds
    /// Silence inside a frame after which nothing more is expected of it. 1.5 characters cannot be told from user
    /// space: adapters deliver in bursts (FTDI: every 16 ms), converters by packet.
    let gap: Nanoseconds

    init(serial timing: LineTiming) {
        self.timing = timing
        silence = timing.frameSilence
        quiet = timing.frameSilence
        gap = max(timing.frameSilence, .milliseconds(20))
    }

    /// A TCP connection to a converter, which keeps the silences of its line itself.
    init(converter: Void) {
        timing = nil
        silence = 0
        quiet = .milliseconds(20)
        gap = .milliseconds(50)
    }

    /// How long `count` characters are on the line; 0 behind a converter.
    func characters(_ count: Int) -> Nanoseconds { timing?.characters(count) ?? 0 }

    /// By how much the last byte of an answer may be later than its first one made expect, unseen.
    let tolerance: Nanoseconds = .microseconds(100)

    /// When to look again for bytes that should be there by now: soon at first, since they are late by microseconds,
    /// then in growing steps, but not before they can have come.
    func step(missing: Int, waited: Nanoseconds) -> Nanoseconds {
        let soon: Nanoseconds = timing == nil ? .milliseconds(1) : .microseconds(100)
        return max(soon, min(waited, .milliseconds(5)), characters(missing - 1))
    }

    /// How long libmodbus may wait between bytes, microseconds: hardly, since they have arrived.
    func patience(whole: Bool) -> UInt32 { whole ? 20_000 : 1_000 }

    /// The longest time that emptying the line may take: two of the longest frames, at least 100 ms.
    var longestDrain: Nanoseconds { max(.milliseconds(100), characters(512)) }
}
