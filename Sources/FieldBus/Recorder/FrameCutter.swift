/// Cuts bytes that were heard together into sound RTU frames and what lies between them. Pure; any bytes may come.
struct FrameCutter {
    enum Piece: Hashable, Sendable {
        /// Check sum included.
        case frame([UInt8])
        case noise([UInt8])

        var bytes: [UInt8] {
            switch self {
            case .frame(let bytes), .noise(let bytes): bytes
            }
        }

        var isFrame: Bool { if case .frame = self { true } else { false } }
    }

    /// - Parameter bytes: at most some hundred; the work is at most 4 check sums a byte.
    static func cut(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var noise: [UInt8] = []
        var begin = 0
        while begin < bytes.count {
            guard let length = soundLength(bytes, at: begin) else {
                noise.append(bytes[begin])
                begin += 1
                continue
            }
            if !noise.isEmpty { pieces.append(.noise(noise)) }
            noise = []
            pieces.append(.frame(Array(bytes[begin..<begin + length])))
            begin += length
        }
        if !noise.isEmpty { pieces.append(.noise(noise)) }
        return pieces
    }

    /// Of the sound frame that begins here; nil: none does.
    private static func soundLength(_ bytes: [UInt8], at begin: Int) -> Int? {
        candidates(bytes, at: begin).first { length in
            begin + length <= bytes.count && CyclicRedundancyCheck.holds(bytes[begin..<begin + length])
        }
    }

    /// Lengths that a frame beginning here can have by its function (V1.1b3, 6), check sum included.
    private static func candidates(_ bytes: [UInt8], at begin: Int) -> [Int] {
        guard begin + 4 <= bytes.count else { return [] }
        switch bytes[begin + 1] {
        case 1...4: return [8, 5 + Int(bytes[begin + 2])]
        case 5, 6: return [8]
        case 15, 16: return begin + 6 < bytes.count ? [8, 9 + Int(bytes[begin + 6])] : [8]
        case 0x81...0x90: return [5]
        default: return []
        }
    }
}
