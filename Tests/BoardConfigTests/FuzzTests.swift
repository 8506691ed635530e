import BoardConfig
import Foundation
import GatewayTestSupport
import Testing

@Suite struct FuzzTests {
    /// Goal: no bytes trap or hang the reader. Method: valid and faulty files, cut, spliced, flipped and repeated at
    /// random; each must be answered, with a configuration exactly when there is no error.
    @Test(arguments: Fuzz.seeds(8))
    func mutatedConfigsAreAlwaysAnswered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let files = (GoldenTests.files() + GoldenTests.files("valid")).map {
            GoldenTests.directory.appendingPathComponent($0)
        }
        let seeds = try files.map { Array(try Data(contentsOf: $0)) }
        let library = [GoldenTests.directory.appendingPathComponent("library").path]
        let clock = ContinuousClock()
        for round in 0..<150 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0...(random.next() % 6) { bytes = random.mutated(bytes, seeds) }
            let start = clock.now
            let result = BoardConfigReader.read(bytes: bytes, file: "f", libraryDirectories: library)
            let isWhole = (result.configuration == nil) == !result.errors.isEmpty
            #expect(isWhole, "seed \(seed) round \(round)")
            #expect(clock.now - start < .seconds(10), "seed \(seed) round \(round): slow")
        }
    }

    @Test(arguments: Fuzz.seeds(4))
    func mutatedTemplatesAndBoardsAreAlwaysAnswered(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let shelves = ["devices/meter", "devices/faulty", "boards/bench", "boards/broken"]
        let library = GoldenTests.directory.appendingPathComponent("library")
        let seeds = try shelves.map { Array(try Data(contentsOf: library.appendingPathComponent("\($0).yaml"))) }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("dg-fuzz-\(getpid())-\(seed).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        for round in 0..<100 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0...(random.next() % 4) { bytes = random.mutated(bytes, seeds) }
            try Data(bytes).write(to: file)
            let check = FileCheck.check(file: file.path, libraryDirectories: [library.path])
            let isWhole = (check.summary == nil) == check.problems.contains { $0.severity == .error }
            #expect(isWhole, "seed \(seed) round \(round)")
        }
    }
}

/// Text that goes wrong in small ways.
struct SplitMix: RandomNumberGenerator {
    private var generator: SeededGenerator
    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// What a careless editor, a bad disk and an enemy write.
    private static let words = [
        "-9223372036854775808", "9223372036854775807", "1e-9223372036854775808", "0x7FFFFFFFFFFFFFFF", "1e60", "*a",
        "&a ",
        "!!str ", "<<: *a", "[", "]", "{", "}", ": ", "- ", "\n", "\t", "\"", "'", "#", "|", ">", "%YAML 1.2\n---\n",
        "...",
        "\u{FEFF}", "\u{0}", "null", "~", "? ", "😀", "99999999999999999999d", "-0", ".5", "continuous",
    ]

    mutating func mutated(_ bytes: [UInt8], _ seeds: [[UInt8]]) -> [UInt8] {
        var bytes = bytes
        let place = bytes.isEmpty ? 0 : Int(next() % UInt64(bytes.count + 1))
        switch next() % 7 {
        case 0: bytes.removeSubrange(place..<min(bytes.count, place + Int(next() % 20)))
        case 1: if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: next()) }
        case 2: bytes.insert(contentsOf: Self.words[Int(next() % UInt64(Self.words.count))].utf8, at: place)
        case 3: bytes = Array(bytes[..<place])
        case 4:
            let other = seeds[Int(next() % UInt64(seeds.count))]
            let start = other.isEmpty ? 0 : Int(next() % UInt64(other.count))
            bytes.insert(contentsOf: other[start..<min(other.count, start + 60)], at: place)
        case 5:
            let piece = bytes[place..<min(bytes.count, place + 30)]
            for _ in 0..<(next() % 20) { bytes.insert(contentsOf: piece, at: place) }
        default:
            // A value replaced by another: between ": " and the next , or } or line end.
            guard let colon = bytes[place...].firstIndex(of: 58), colon + 1 < bytes.count else { break }
            let end = bytes[(colon + 1)...].firstIndex { $0 == 44 || $0 == 125 || $0 == 10 } ?? bytes.count
            let word = Self.words[Int(next() % UInt64(Self.words.count))]
            bytes.replaceSubrange((colon + 1)..<end, with: Array(" \(word)".utf8))
        }
        return bytes
    }
}
