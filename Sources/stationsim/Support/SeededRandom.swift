import Glibc

/// xoshiro256**, seeded through splitmix64: the same seed gives the same station and the same faults.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var s: (UInt64, UInt64, UInt64, UInt64)
    private var spareNormal: Double?

    /// One seed and a name per user, so that a new signal does not change the others' values.
    init(seed: UInt64, stream: String) {
        var state = seed
        for byte in stream.utf8 { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        s = (next(), next(), next(), next())
    }

    mutating func next() -> UInt64 {
        func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { (x << by) | (x >> (64 - by)) }
        let result = rotated(s.1 &* 5, 7) &* 9
        let t = s.1 << 17
        s.2 ^= s.0
        s.3 ^= s.1
        s.1 ^= s.2
        s.0 ^= s.3
        s.2 ^= t
        s.3 = rotated(s.3, 45)
        return result
    }

    /// 0 up to, not including, 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Normal with mean 0 and standard deviation 1 (polar method).
    mutating func normal() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        while true {
            let (u, v) = (2 * unit() - 1, 2 * unit() - 1)
            let q = u * u + v * v
            guard q > 0, q < 1 else { continue }
            let factor = sqrt(-2 * log(q) / q)
            spareNormal = v * factor
            return u * factor
        }
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// True once in `count` on the average; always for 1.
    mutating func oneIn(_ count: Int) -> Bool { count <= 1 || Int(next() % UInt64(count)) == 0 }
}
