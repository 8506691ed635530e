import SerialLine

/// A receiver: waits for the edge of a start bit and takes each bit of the character in its middle, at its own settings,
/// whatever was sent.
struct UART: Sendable {
    let settings: SerialSettings
    private var state = State.idle
    /// Up to where it has listened.
    private(set) var position: Nanoseconds

    private enum State {
        case idle
        /// The start bit began at ``position``.
        case receiving
        /// After a break or a character without stop bit: for the next edge there must be mark first.
        case waitingForMark
    }

    struct Character: Hashable, Sendable {
        var byte: UInt8
        var hasParityError = false
        /// Space where the stop bit should be.
        var hasFramingError = false
        /// Space from the start bit to the stop bit.
        var isBreak = false
        /// The edge of its start bit, and the middle of its stop bit.
        var start: Nanoseconds
        var end: Nanoseconds

        var isGood: Bool { !hasParityError && !hasFramingError && !isBreak }
    }

    /// - Parameter time: From where on it listens; the line counts as idle before.
    init(_ settings: SerialSettings, from time: Nanoseconds) {
        self.settings = settings
        position = time
    }

    /// From the edge of a start bit to the middle of the stop bit, where a character is complete.
    var duration: Nanoseconds { settings.middle(ofBit: stopBit) }

    private var stopBit: Int { settings.bitsPerCharacter - settings.stopBits }

    /// When the character that is under way will be complete; nil between characters.
    var completion: Nanoseconds? { state == .receiving ? position + duration : nil }

    /// Skips what it need not hear.
    mutating func skip(to time: Nanoseconds) {
        guard time > position else { return }
        position = time
        state = .idle
    }

    /// Listens on to `limit`; returns the characters that were complete by then.
    mutating func listen(to wire: Wire, with ear: Ear, until limit: Nanoseconds) -> [Character] {
        var heard: [Character] = []
        while position < limit {
            switch state {
            case .waitingForMark:
                guard let rise = ear.first(true, of: wire, from: position, to: limit) else {
                    position = limit
                    return heard
                }
                (state, position) = (.idle, rise)
            case .idle:
                guard let edge = ear.first(false, of: wire, from: position, to: limit) else {
                    position = limit
                    return heard
                }
                (state, position) = (.receiving, edge)
            case .receiving:
                guard position + duration <= limit else { return heard }
                if let character = character(on: wire, with: ear) { heard.append(character) }
            }
        }
        return heard
    }

    /// nil for an edge that was no start bit.
    private mutating func character(on wire: Wire, with ear: Ear) -> Character? {
        let start = position
        guard !ear.sample(wire, at: start + settings.middle(ofBit: 0)) else {
            (state, position) = (.idle, start + settings.middle(ofBit: 0))
            return nil
        }
        func bit(_ index: Int) -> Bool { ear.sample(wire, at: start + settings.middle(ofBit: index)) }
        var byte: UInt8 = 0
        for index in 0..<settings.dataBits where bit(index + 1) { byte |= 1 << UInt8(index) }
        var character = Character(byte: byte, start: start, end: start + duration)
        let parityBit = settings.parity == .none ? nil : bit(settings.dataBits + 1)
        character.hasParityError = parityBit.map { $0 != settings.parityBit(of: byte) } ?? false
        character.hasFramingError = !bit(stopBit)
        character.isBreak = character.hasFramingError && byte == 0 && parityBit != true
        (state, position) = (character.hasFramingError ? .waitingForMark : .idle, character.end)
        return character
    }
}
