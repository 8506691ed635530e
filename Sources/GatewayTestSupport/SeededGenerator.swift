/// Random numbers that can be had again from their seed (SplitMix64): the same on every machine, for ever.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    package mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count / 8 + 1)).map { _ in next() }
        return words.withUnsafeBytes { [UInt8]($0.prefix(count)) }
    }

    /// Standard normal, by the sum of twelve.
    package mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}
