import SerialLine

extension SerialSettings {
    /// Reads `8N1`, `7E1`, `8O2`; nil for anything else.
    init?(baud: Int, format: String) {
        let text = Array(format)
        guard text.count == 3, let data = text[0].wholeNumberValue, (7...8).contains(data),
            let stop = text[2].wholeNumberValue, (1...2).contains(stop)
        else { return nil }
        let parities: [Character: Parity] = ["N": .none, "E": .even, "O": .odd]
        guard let parity = parities[text[1]] else { return nil }
        self.init(baud: baud, dataBits: data, parity: parity, stopBits: stop)
    }

    /// `8N1`
    var format: String { "\(dataBits)\(parity == .none ? "N" : parity == .even ? "E" : "O")\(stopBits)" }

    /// The level of one bit of a character: start bit, data bits lowest first, parity, stop bits. True is mark, the level
    /// of an idle line.
    func level(ofBit index: Int, in byte: UInt8) -> Bool {
        switch index {
        case ..<1: false
        case ...dataBits: byte >> UInt8(index - 1) & 1 == 1
        case dataBits + 1 where parity != .none: parityBit(of: byte)
        default: true
        }
    }

    /// Even: the ones of data and parity bit together are even in number.
    func parityBit(of byte: UInt8) -> Bool {
        let mask = UInt8(truncatingIfNeeded: 1 << dataBits - 1)
        let isOdd = (byte & mask).nonzeroBitCount % 2 == 1
        return parity == .odd ? !isOdd : isOdd
    }

    /// Whoever has the one understands what the other sends. A receiver looks at the first stop bit only.
    func agrees(with other: Self) -> Bool {
        baud == other.baud && dataBits == other.dataBits && parity == other.parity
    }

    /// From the start of a character to the end of its bit `count` - 1, rounded up: where bit `count` begins.
    func bits(_ count: Int) -> Nanoseconds {
        (Nanoseconds(count) * 1_000_000_000 + Nanoseconds(baud) - 1) / Nanoseconds(baud)
    }

    /// From the start of a character to the middle of one of its bits.
    func middle(ofBit index: Int) -> Nanoseconds {
        (Nanoseconds(2 * index + 1) * 1_000_000_000) / Nanoseconds(2 * baud)
    }
}
