internal import GatewayModel
internal import Glibc

/// SplitMix64: the same numbers for the same seed, for ever. Each part of the world draws from a stream of its own, so
/// that one more fault on the link does not change the weather of the bus.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64, stream: String) {
        state = stream.utf8.reduce(seed &* 0x9e37_79b9_7f4a_7c15) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }

    mutating func between(_ low: Nanoseconds, _ high: Nanoseconds) -> Nanoseconds {
        Int64.random(in: low...max(low, high), using: &self)
    }

    /// Exponentially distributed, as waiting times for faults are; at least 1 ms and at most ten times `mean`.
    mutating func around(_ mean: Nanoseconds) -> Nanoseconds {
        let factor = -log(1 - Double.random(in: 0..<1, using: &self))
        return max(.milliseconds(1), Int64(Double(mean) * min(factor, 10)))
    }

    mutating func pick<T>(_ list: [T]) -> T { list[Int.random(in: list.indices, using: &self)] }
}

extension Nanoseconds {
    static func minutes(_ n: Int64) -> Self { .seconds(60 * n) }
    static func hours(_ n: Int64) -> Self { .seconds(3_600 * n) }
    static func days(_ n: Int64) -> Self { .seconds(86_400 * n) }

    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
