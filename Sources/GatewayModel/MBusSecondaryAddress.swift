/// By what an M-Bus meter is called that has no primary address of its own (EN 13757-3, 8.1). What is nil is any.
package struct MBusSecondaryAddress: Hashable, Sendable, CustomStringConvertible {
    /// 8 digits; F stands for any.
    package var number: MeterNumber
    package var maker: MBusMaker?
    package var version: UInt8?
    /// 04 heat at the outlet, 0C heat at the inlet, 06 warm water, 07 water, 02 electricity, 03 gas.
    package var medium: UInt8?

    package init(number: MeterNumber, maker: MBusMaker? = nil, version: UInt8? = nil, medium: UInt8? = nil) {
        self.number = number
        self.maker = maker
        self.version = version
        self.medium = medium
    }

    /// `06855817`, or `06855817.KAM.08.04`: number, maker, version, medium, the last two hexadecimal; `*` is any.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count), let number = MeterNumber(parts[0], digits: 8) else { return nil }
        self.init(number: number)
        if parts.count > 1, parts[1] != "*" {
            guard let maker = MBusMaker(parts[1]) else { return nil }
            self.maker = maker
        }
        for (index, path) in [(2, \MBusSecondaryAddress.version), (3, \MBusSecondaryAddress.medium)] {
            guard parts.count > index, parts[index] != "*" else { continue }
            guard parts[index].utf8.count == 2, let value = UInt8(parts[index], radix: 16) else { return nil }
            self[keyPath: path] = value
        }
    }

    /// The shortest text that reads back as the same.
    package var description: String {
        let hex: (UInt8?) -> String = { $0.map { [$0].hexadecimal.uppercased() } ?? "*" }
        var parts = [number.description, maker?.description ?? "*", hex(version), hex(medium)]
        while parts.last == "*" { parts.removeLast() }
        return parts.joined(separator: ".")
    }

    /// Whether a meter that says this of itself is called.
    package func calls(number: MeterNumber, maker: MBusMaker, version: UInt8, medium: UInt8) -> Bool {
        self.number.calls(number) && (self.maker ?? maker) == maker && (self.version ?? version) == version
            && (self.medium ?? medium) == medium
    }
}

/// A maker's three letters, five bits each (EN 13757-3, 5.5): KAM is 2C2D hexadecimal.
package struct MBusMaker: Hashable, Sendable, CustomStringConvertible {
    package let code: UInt16

    package init(code: UInt16) { self.code = code }

    /// nil: not three letters A...Z.
    package init?(_ letters: some StringProtocol) {
        guard letters.utf8.count == 3, letters.utf8.allSatisfy({ (65...90).contains($0) }) else { return nil }
        code = letters.utf8.reduce(0) { $0 << 5 | UInt16($1 - 64) }
    }

    package var description: String {
        String(decoding: [10, 5, 0].map { UInt8(code >> $0 & 31) + 64 }, as: UTF8.self)
    }
}
