internal import Glibc

/// For how long, and from which seed on, the fuzz tests run.
///
/// In a plain test run each does its own small number of rounds from the same seeds every time. `Scripts/fuzz` runs them
/// again and again, with `SEED`, where they begin, and `FUZZ_SECONDS`, for as long as which those that use `run` go on.
/// A failure names its seed; a person who wants to see it again sets `SEED`.
package enum Fuzz {
    /// `SEED`; 0 when not given.
    package static let firstSeed: UInt64 = number("SEED") ?? 0

    /// `SEED`, or another one every time.
    package static var anySeed: UInt64 { number("SEED") ?? UInt64.random(in: 0...UInt64.max) }

    private static let seconds = number("FUZZ_SECONDS")

    /// Calls `round` with one seed after another: `rounds` times, or until the time is over.
    package static func run(_ rounds: UInt64, _ round: (inout FuzzRandom) throws -> Void) rethrows {
        let clock = ContinuousClock()
        let end = seconds.map { clock.now + .seconds(Int64(clamping: $0)) }
        var seed = firstSeed
        repeat {
            var random = FuzzRandom(seed: seed)
            try round(&random)
            seed &+= 1
        } while end.map { clock.now < $0 } ?? (seed &- firstSeed < rounds)
    }

    /// Seeds for a parameterized test, or one that takes its time for each: `count` of them, whatever the time.
    /// `Scripts/fuzz` calls such tests again and again with other seeds.
    package static func seeds(_ count: UInt64) -> Range<UInt64> {
        let first = min(firstSeed, UInt64.max - count)
        return first..<first + count
    }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}

/// Random numbers that can be had again from their seed and what fuzz tests do with bytes.
package struct FuzzRandom: RandomNumberGenerator {
    /// For the message of a failed check.
    package let seed: UInt64
    private var generator: SeededGenerator

    package init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03)
    }

    package mutating func next() -> UInt64 { generator.next() }

    package mutating func below(_ limit: Int) -> Int { limit > 0 ? Int(next() % UInt64(limit)) : 0 }

    package mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }

    package mutating func bytes(upTo count: Int) -> [UInt8] { (0..<below(count + 1)).map { _ in byte() } }

    package mutating func pick<Item>(_ items: [Item]) -> Item? { items.isEmpty ? nil : items[below(items.count)] }

    /// One to four small harms: bits, bytes, cuts, doublings, strange ends.
    package mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) {
            let place = below(bytes.count)
            switch below(7) {
            case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
            case 1 where !bytes.isEmpty: bytes[place] = byte()
            case 2: bytes.insert(byte(), at: place)
            case 3 where !bytes.isEmpty: bytes.remove(at: place)
            case 4: bytes.removeSubrange(place..<min(bytes.count, place + below(16)))
            case 5: bytes.insert(contentsOf: Array(bytes[place..<min(bytes.count, place + below(16))]), at: place)
            default: bytes += self.bytes(upTo: 8)
            }
        }
        return bytes
    }
}
