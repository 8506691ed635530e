import Glibc

/// Random numbers by name instead of in a row: the noise of one moment is the same for everyone who looks at it, and
/// however often.
struct Chance: Sendable {
    let seed: UInt64

    func bits(_ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0) -> UInt64 {
        var state = seed
        for word in [a, b, c] { state = Self.mixed(state ^ word &* 0xD6E8_FEB8_6659_FD93) }
        return state
    }

    /// 0 up to, not including, 1.
    func unit(_ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0) -> Double { Double(bits(a, b, c) >> 11) * 0x1p-53 }

    /// Normal with mean 0 and standard deviation 1.
    func normal(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> Double {
        let word = bits(a, b, c)
        let radius = Double(word >> 32 + 1) * 0x1p-32
        return sqrt(-2 * log(radius)) * cos(Double(word & 0xFFFF_FFFF) * 0x1p-31 * .pi)
    }

    private static func mixed(_ word: UInt64) -> UInt64 {
        var z = word &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
