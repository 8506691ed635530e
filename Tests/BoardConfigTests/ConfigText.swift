import BoardConfig
import Foundation

/// Small configs for tests.
enum ConfigText {
    static let head = """
        schema: 1
        gateway: {id: hs-1}
        buses: [{id: m, port: /dev/ttyS1}]

        """
    static let tail = """

        uplinks: [{id: city, profile: batch, mqtt: {host: broker.example, tls: {ca: /etc/passwd}}}]
        """

    static func read(_ text: String, library: String = GoldenTests.directory.path + "/library") -> BoardConfigResult {
        BoardConfigReader.read(bytes: Array(text.utf8), file: "t.yaml", libraryDirectories: [library])
    }

    /// One device at address 1 with these lines of points.
    static func readPoints(_ points: String, device: String = "") -> BoardConfigResult {
        read(head + "devices:\n  - {id: d, bus: m, address: 1, \(device)points: [\(points)]}" + tail)
    }
}
