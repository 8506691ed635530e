/// The number by which a meter is called on the line: packed decimal digits, 12 in DL/T 645-2007, 14 in CJ/T 188, 8 in
/// an M-Bus secondary address. Goes over the wire with its last two digits first.
///
/// A nibble above 9 is no digit but stands for any: A in the Chinese protocols, F in M-Bus.
package struct MeterNumber: Hashable, Sendable, CustomStringConvertible {
    /// As on the wire, the last two digits first.
    package let wireBytes: [UInt8]

    package init(wireBytes: some Sequence<UInt8>) { self.wireBytes = Array(wireBytes) }

    /// `112233445566`, as printed on the meter; nil when it is not `digits` characters of 0-9, or of A-F for "any".
    package init?(_ text: some StringProtocol, digits: Int) {
        let characters = Array(text.utf8)
        guard digits.isMultiple(of: 2), characters.count == digits else { return nil }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: digits, by: 2) {
            guard let high = Self.nibble(characters[pair]), let low = Self.nibble(characters[pair + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        wireBytes = bytes.reversed()
    }

    private static func nibble(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// As printed on the meter; a nibble above 9 as a capital letter.
    package var description: String {
        let digits = Array<UInt8>("0123456789ABCDEF".utf8)
        return String(
            decoding: wireBytes.reversed().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Every digit is one: it calls one meter and no group.
    package var isOne: Bool { wireBytes.allSatisfy { $0 >> 4 <= 9 && $0 & 15 <= 9 } }

    /// Whether a meter of the number `other` is called by this one.
    package func calls(_ other: MeterNumber) -> Bool {
        wireBytes.count == other.wireBytes.count
            && zip(wireBytes, other.wireBytes).allSatisfy {
                Self.calls($0 >> 4, $1 >> 4) && Self.calls($0 & 15, $1 & 15)
            }
    }

    /// One digit; above 9 it stands for any.
    private static func calls(_ mine: UInt8, _ theirs: UInt8) -> Bool { mine > 9 || mine == theirs }
}
