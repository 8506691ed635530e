import BoardConfig
import Foundation
import Testing

/// `Golden/NAME.yaml` and the problems that it must give, in `NAME.txt`. `DG_UPDATE_GOLDEN=1` writes the texts anew.
@Suite struct GoldenTests {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    static func files(_ sub: String = "") -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory.appendingPathComponent(sub).path)
        return (names ?? []).filter { $0.hasSuffix(".yaml") }.map { sub.isEmpty ? $0 : "\(sub)/\($0)" }.sorted()
    }

    /// Reads as if the golden directory were the current one, so that no path of this machine shows.
    static func read(_ file: String) throws -> BoardConfigResult {
        let bytes = try Data(contentsOf: directory.appendingPathComponent(file))
        return BoardConfigReader.read(
            bytes: Array(bytes), file: file, libraryDirectories: [directory.appendingPathComponent("library").path])
    }

    @Test("A bad config gives exactly these problems", arguments: files())
    func badConfigGivesItsProblems(file: String) throws {
        let result = try Self.read(file)
        let text = result.problems.map { "\($0)\n" }.joined()
            .replacingOccurrences(of: Self.directory.path + "/", with: "")
        let expectedFile = Self.directory.appendingPathComponent(file.replacingOccurrences(of: ".yaml", with: ".txt"))
        if ProcessInfo.processInfo.environment["DG_UPDATE_GOLDEN"] == "1" {
            try text.write(to: expectedFile, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: expectedFile, encoding: .utf8)), "problems of \(file)")
        #expect((result.configuration == nil) == !result.errors.isEmpty)
    }

    @Test("A valid config has no errors", arguments: files("valid"))
    func validConfigHasNoErrors(file: String) throws {
        let result = try Self.read(file)
        #expect(result.errors == [])
        #expect(result.configuration != nil)
    }

    @Test("The golden files show at least 40 kinds of errors over at least 20 files")
    func thereAreManyKindsOfErrors() throws {
        // A kind is the message without what it quotes and counts.
        var kinds: Set<String> = []
        for file in Self.files() {
            for problem in try Self.read(file).errors {
                let masked = problem.message.replacing(/"[^"]*"|[0-9]+|expected.*/, with: "_")
                kinds.insert(String(masked))
            }
        }
        #expect(kinds.count >= 40, "\(kinds.count) kinds")
        #expect(Self.files().count >= 20)
    }

    @Test("Problems come in the order of their places")
    func problemsAreSorted() throws {
        for file in Self.files() {
            let own = try Self.read(file).problems.filter { $0.file == file }.map(\.position)
            #expect(own == own.sorted(), "\(file)")
        }
    }
}
