import Foundation
import Testing

@testable import stationsim

/// A simulation in a directory of its own, ended and swept away with the last reference.
final class RunningStation {
    let simulation: Simulation
    let directory: String
    private let truthFile: String

    init(_ scenario: String, fast: Bool = false, seed: UInt64 = 1) throws {
        directory = NSTemporaryDirectory() + "stationsim-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        truthFile = directory + "/truth.jsonl"
        let parsed = try ScenarioReader.read(Data(scenario.utf8))
        simulation = try Simulation(
            parsed, seed: seed, directory: directory, isFast: fast, truth: TruthLog(path: truthFile))
    }

    deinit {
        simulation.end()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func master(_ bus: String = "line") throws -> RawMaster { try #require(RawMaster(path: "\(directory)/\(bus)")) }

    func port(_ bus: String) throws -> UInt16 {
        let text = try String(contentsOfFile: "\(directory)/\(bus).port", encoding: .utf8)
        return try #require(UInt16(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    struct Entry: Decodable {
        var device: String?
        var point: String?
        var time: Double
        var value: Decimal?
        var raw: String?
        var doubtful: Bool?
        var event: String?
        var code: Int?
        var master: String?
    }

    func truth() throws -> [Entry] {
        let text = try String(contentsOfFile: truthFile, encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
    }

    /// Values served, in order; waits a moment, for the log follows the answer's last byte.
    func values(_ count: Int) throws -> [Entry] {
        try wait {
            try self.truth().filter { $0.point != nil }
        } until: {
            $0.count >= count
        }
    }

    func events(_ count: Int) throws -> [String] {
        try wait {
            try self.truth().compactMap(\.event)
        } until: {
            $0.count >= count
        }
    }

    private func wait<T>(_ read: () throws -> T, until isEnough: (T) -> Bool) throws -> T {
        let deadline = RawMaster.now() + 3_000_000_000
        while true {
            let value = try read()
            if isEnough(value) || RawMaster.now() > deadline { return value }
            usleep(2_000)
        }
    }
}

/// One line, one device; `extra` goes into the device, `more` into the scenario.
func oneDevice(
    line: String = "9600 8N1", lineOptions: String = "", points: String, extra: String = "", faults: String = ""
) -> String {
    """
    {name: "t", signals: [{id: "c", constant: 21.5}],
     buses: [{id: "line", serial: "\(line)"\(lineOptions)}],
     devices: [{id: "meter", bus: "line", unit: 17, turnaround: "4ms"\(extra), points: [\(points)]}],
     faults: [\(faults)]}
    """
}

let temperature = #"{point: "t", address: 10, encode: "s16", scale: "0.1", signal: "c"}"#
