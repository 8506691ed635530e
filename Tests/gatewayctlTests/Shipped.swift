import BoardConfig
import Foundation
import GatewayModel
import Testing

@testable import gatewayctl

/// The files of BoardConfigs, as they ship.
enum Shipped {
    static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("BoardConfigs").resolvingSymlinksInPath().path
    static let bench = directory + "/bench/BoardConfigs"
    static let libraries = [directory, bench]
    static let templates = TemplateShelf(directories: libraries).all().templates

    /// Every config: stations, the example with all keys, those of the benchmarks.
    static let configs: [String] = ["stations", "examples", "bench"].flatMap { shelf in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(shelf)")) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted().map { "\(shelf)/\($0)" }
    }

    static func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(file)")))
    }

    static func read(_ bytes: [UInt8], _ name: String = "station.yaml") -> BoardConfigResult {
        BoardConfigReader.read(bytes: bytes, file: name, libraryDirectories: libraries)
    }

    /// A golden file; `DG_UPDATE_GOLDEN=1` writes it anew.
    static func golden(_ name: String, _ text: String) throws -> String {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name)")
        if ProcessInfo.processInfo.environment["DG_UPDATE_GOLDEN"] == "1" {
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return try String(contentsOf: file, encoding: .utf8)
    }
}
