import SerialLine
import Testing

@testable import stationsim

/// What Linux does with bad characters, by the flags of termios(3).
@Suite struct TerminalInputTests {
    private let good = UART.Character(byte: 0x41, start: 0, end: 1)
    private let odd = UART.Character(byte: 0x41, hasParityError: true, start: 0, end: 1)
    private let broken = UART.Character(byte: 0, hasFramingError: true, isBreak: true, start: 0, end: 1)

    private func bytes(_ change: (inout AskedSettings) -> Void) -> [[UInt8]] {
        var asked = AskedSettings(settings: SerialSettings(baud: 9600))
        change(&asked)
        return [good, odd, broken].map { asked.bytes(for: $0) }
    }

    @Test func withoutInputChecks_everythingIsReadAsItWasReceived() {
        #expect(bytes { _ in } == [[0x41], [0x41], [0]])
    }

    @Test func withInputChecks_aBadCharacterIsReadAsZero() {
        #expect(bytes { $0.checksInput = true } == [[0x41], [0], [0]])
    }

    @Test func withInputChecksAndIgnoredParity_aBadCharacterIsDropped() {
        #expect(
            bytes {
                $0.checksInput = true
                $0.dropsErrors = true
                $0.dropsBreaks = true
            } == [[0x41], [], []])
    }

    @Test func withMarks_aBadCharacterComesWithFF00() {
        #expect(
            bytes {
                $0.checksInput = true
                $0.marksErrors = true
            } == [[0x41], [0xFF, 0, 0x41], [0xFF, 0, 0]])
    }
}
