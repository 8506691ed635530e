internal import GatewayModel

/// What a platform says on `PREFIX/GATEWAY/ack`: `{"epoch":"9f0c…","sequences":[[1,4],[7,7]]}`.
struct PlatformAcknowledgement: Equatable {
    /// Ranges in one message; more are an error.
    static let mostRanges = 1024

    var epoch: Epoch
    /// Both ends included.
    var sequences: [ClosedRange<UInt64>]

    func covers(_ key: BatchKey) -> Bool {
        key.epoch == epoch && sequences.contains { $0.contains(key.sequence) }
    }

    /// Reads and checks foreign bytes; never traps. White space is allowed; other keys, repeated keys and anything
    /// after the object are not.
    init(parsing bytes: [UInt8]) throws(AcknowledgementError) {
        var scanner = Scanner(bytes: bytes)
        var (epoch, sequences): (Epoch?, [ClosedRange<UInt64>]?) = (nil, nil)
        try scanner.expect("{")
        repeat {
            let key = try scanner.string()
            try scanner.expect(":")
            switch key {
            case "epoch" where epoch == nil: epoch = try Self.epoch(scanner.string())
            case "sequences" where sequences == nil: sequences = try Self.ranges(&scanner)
            default: throw AcknowledgementError("unexpected or repeated key")
            }
        } while try scanner.comma(or: "}")
        try scanner.end()
        guard let epoch, let sequences else { throw AcknowledgementError("epoch or sequences is missing") }
        self.epoch = epoch
        self.sequences = sequences
    }

    private static func epoch(_ text: String) throws(AcknowledgementError) -> Epoch {
        let digits = text.utf8.map { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }.compactMap { $0 }
        guard digits.count == 32, text.utf8.count == 32,
            let epoch = Epoch(bytes: (0..<16).map { digits[$0 * 2] << 4 | digits[$0 * 2 + 1] })
        else { throw AcknowledgementError("epoch is not 32 hexadecimal digits") }
        return epoch
    }

    private static func ranges(_ scanner: inout Scanner) throws(AcknowledgementError) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        try scanner.expect("[")
        if scanner.accept("]") { return ranges }
        repeat {
            guard ranges.count < mostRanges else { throw AcknowledgementError("more than \(mostRanges) ranges") }
            try scanner.expect("[")
            let first = try scanner.number()
            try scanner.expect(",")
            let last = try scanner.number()
            try scanner.expect("]")
            guard first <= last else { throw AcknowledgementError("a range ends before it begins") }
            ranges.append(first...last)
        } while try scanner.comma(or: "]")
        return ranges
    }
}

/// A platform's message that is not an acknowledgement: what is wrong with it.
struct AcknowledgementError: Error, Equatable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension PlatformAcknowledgement {
    /// The little of JSON that an acknowledgement consists of.
    private struct Scanner {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        private mutating func peek() -> UInt8? {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
            return position < bytes.count ? bytes[position] : nil
        }

        mutating func accept(_ character: Unicode.Scalar) -> Bool {
            guard peek() == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws(AcknowledgementError) {
            guard accept(character) else { throw AcknowledgementError("\(character) expected at byte \(position)") }
        }

        /// True: another element follows. False: the list has been closed.
        mutating func comma(or close: Unicode.Scalar) throws(AcknowledgementError) -> Bool {
            if accept(",") { return true }
            try expect(close)
            return false
        }

        /// A string of at most 64 printable ASCII characters, without escapes: all that the keys and the epoch need.
        mutating func string() throws(AcknowledgementError) -> String {
            try expect("\"")
            let start = position
            while position < bytes.count, position - start <= 64 {
                let byte = bytes[position]
                if byte == UInt8(ascii: "\"") {
                    position += 1
                    return String(decoding: bytes[start..<(position - 1)], as: UTF8.self)
                }
                guard (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") else { break }
                position += 1
            }
            throw AcknowledgementError("bad string at byte \(start)")
        }

        /// An integer, 0...2^64-1, without sign, fraction or leading zero.
        mutating func number() throws(AcknowledgementError) -> UInt64 {
            let first = peek()
            let start = position
            var value: UInt64 = 0
            while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
                let (shifted, over) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = shifted.addingReportingOverflow(UInt64(bytes[position] - 0x30))
                guard !over, !carry else { throw AcknowledgementError("number too large at byte \(start)") }
                value = sum
                position += 1
            }
            guard position > start, first != 0x30 || position == start + 1 else {
                throw AcknowledgementError("bad number at byte \(start)")
            }
            return value
        }

        mutating func end() throws(AcknowledgementError) {
            guard peek() == nil else { throw AcknowledgementError("something follows the object") }
        }
    }
}
