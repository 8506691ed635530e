import Foundation

/// SplitMix64: the same numbers for the same seed, for ever.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count / 8 + 1)).map { _ in next() }
        return words.withUnsafeBytes { [UInt8]($0.prefix(count)) }
    }
}

/// What `Scripts/soak` and a replay say by environment; the defaults are what `Scripts/test` runs.
enum SoakSettings {
    /// `SEED`; else a fixed one, so that a run of the tests is like any other.
    static var seed: UInt64 { number("SEED") ?? 1 }
    /// `CUTS`: power cuts in all.
    static var cuts: Int { number("CUTS").map { Int(clamping: $0) } ?? 300 }
    /// `FAULTS=all`: every fault of the loops instead of a sample of them.
    static var everyFault: Bool { ProcessInfo.processInfo.environment["FAULTS"] == "all" }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
