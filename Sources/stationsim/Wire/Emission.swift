import SerialLine

/// What one driver puts on the line, from its first start bit to its last stop bit. Outside of that it is switched off.
struct Emission: Sendable {
    /// Unlike those of all others before and after it.
    let serial: UInt64
    /// The beginning of the first start bit, CLOCK_MONOTONIC.
    let start: Nanoseconds
    var bytes: [UInt8]
    let settings: SerialSettings
    /// Its wires are swapped: what it sends as mark stands on the line as space.
    var isInverted = false
    /// Who sends; its own receiver is switched off meanwhile.
    let sender: Sender

    enum Sender: Hashable, Sendable {
        /// The program at the pseudo terminal.
        case port
        /// A second master, by its place in the bus.
        case master(Int)
        /// A device, by its id.
        case device(String)
        /// Nobody: it came from outside.
        case noise
    }

    var end: Nanoseconds { start + settings.timing.characters(bytes.count) }

    func isOn(at time: Nanoseconds) -> Bool { time >= start && time < end }

    /// The bit that is sent then, counted from the first start bit; only while ``isOn(at:)``.
    func bit(at time: Nanoseconds) -> Int { Int((time - start) * Nanoseconds(settings.baud) / 1_000_000_000) }

    /// nil while it is off.
    func level(at time: Nanoseconds) -> Bool? { isOn(at: time) ? level(ofBit: bit(at: time)) : nil }

    func level(ofBit bit: Int) -> Bool {
        let (character, index) = bit.quotientAndRemainder(dividingBy: settings.bitsPerCharacter)
        guard bytes.indices.contains(character) else { return true }
        return settings.level(ofBit: index, in: bytes[character]) != isInverted
    }

    /// The next moment at which its level may be another one; nil after its end.
    func nextChange(after time: Nanoseconds) -> Nanoseconds? {
        if time < start { return start }
        guard time < end else { return nil }
        return min(end, start + settings.bits(bit(at: time) + 1))
    }

    /// Since when the level that stands at `time` has been standing; only while ``isOn(at:)``.
    func lastEdge(before time: Nanoseconds) -> Nanoseconds {
        var bit = bit(at: time)
        let level = level(ofBit: bit)
        let first = max(0, bit - settings.bitsPerCharacter)
        while bit > first, self.level(ofBit: bit - 1) == level { bit -= 1 }
        return start + settings.bits(bit)
    }
}
