import GatewayTestSupport
import Testing

@testable import BoardConfig

@Suite struct BundleFuzzTests {
    /// Bundles with lines doubled, cut, swapped and bytes changed: each is refused or is the one that was signed.
    @Test(arguments: Fuzz.seeds(4))
    func noMixtureOfBundlesIsBelieved(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let key = try #require(SigningKey(seed: Array(repeating: 9, count: 32)))
        let file = ConfigBundle.File(name: "station.yaml", bytes: Array("file: station.yaml 3\nabc\nsigner: 00\n".utf8))
        let good = try SignedBundle(ConfigBundle(gateway: "hs-1", release: 3, files: [file]), by: key)
        let lines = good.bytes.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) + [10] }
        for round in 0..<500 {
            var mixed: [[UInt8]] = lines
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let (a, b) = (
                    Int.random(in: 0..<mixed.count, using: &random), Int.random(in: 0..<lines.count, using: &random)
                )
                switch Int.random(in: 0..<4, using: &random) {
                case 0: mixed.insert(lines[b], at: a)
                case 1: mixed.remove(at: a)
                case 2: mixed[a] = Array(mixed[a].prefix(Int.random(in: 0...mixed[a].count, using: &random)))
                default:
                    guard !mixed[a].isEmpty else { continue }
                    mixed[a][Int.random(in: 0..<mixed[a].count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                if mixed.isEmpty { break }
            }
            if let read = try? SignedBundle(bytes: mixed.flatMap { $0 }) {
                #expect(read.bundle == good.bundle, "seed \(seed) round \(round)")
            }
        }
    }
}
