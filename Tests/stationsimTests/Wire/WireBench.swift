import SerialLine
import Testing

@testable import stationsim

/// A wire on the table: one sender, one receiver, no clock.
struct WireBench {
    var wire: Wire
    static let start: Nanoseconds = 1_000_000_000

    init(_ condition: WireCondition = WireCondition(), seed: UInt64 = 1) { wire = Wire(condition, seed: seed) }

    /// Sends, `after` the start of the bench; returns when it ends.
    @discardableResult
    mutating func send(
        _ bytes: [UInt8], _ settings: SerialSettings, after: Nanoseconds = 0, isInverted: Bool = false,
        by sender: Emission.Sender = .device("a")
    ) -> Nanoseconds {
        let serial = wire.add(bytes, at: Self.start + after, settings, isInverted: isInverted, by: sender)
        return wire[serial]?.end ?? 0
    }

    /// All characters until long after the last emission.
    func receive(_ settings: SerialSettings, isInverted: Bool = false, owner: Emission.Sender = .port) -> [UART
        .Character]
    {
        var uart = UART(settings, from: Self.start - 1_000_000)
        let limit = (wire.emissions.map(\.end).max() ?? 0) + 50_000_000
        return uart.listen(to: wire, with: Ear(owner: owner, isInverted: isInverted), until: limit)
    }
}

/// `53`, `53!p` with a parity error, `53!f` without stop bit, `00!b` for a break.
func told(_ characters: [UART.Character]) -> String {
    characters.map { character in
        let byte = String(UInt16(character.byte) + 0x100, radix: 16).dropFirst()
        if character.isBreak { return "\(byte)!b" }
        let errors = (character.hasParityError ? "p" : "") + (character.hasFramingError ? "f" : "")
        return byte + (errors.isEmpty ? "" : "!\(errors)")
    }.joined(separator: " ")
}

func line(_ text: String) throws -> SerialSettings {
    let parts = text.split(separator: " ")
    return try #require(SerialSettings(baud: Int(parts[0]) ?? 0, format: String(parts[1])))
}
