internal import GatewayModel

/// Waiting times that double from `first` to a limit, each shortened at random by up to half, so that the gateways of
/// a city do not come back at the same moment.
struct BackOff {
    let first: Nanoseconds
    private var step: Nanoseconds = 0
    private var random: JitterGenerator

    init(first: Nanoseconds, seed: UInt64) {
        self.first = first
        random = JitterGenerator(seed: seed)
    }

    /// The next waiting time, at most `limit` long.
    mutating func next(limit: Nanoseconds) -> Nanoseconds {
        step = min(step == 0 ? first : step * 2, max(limit, first))
        return Int64.random(in: (step / 2)...step, using: &random)
    }

    mutating func reset() { step = 0 }
}

/// SplitMix64: small, seedable, good enough for jitter.
struct JitterGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
