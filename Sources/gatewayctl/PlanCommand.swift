import ArgumentParser
import BoardConfig
import Foundation
import GatewayModel
import StationPlan

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what a board config will do: load of each line, data volume, flash, memory, outages.",
        discussion: """
            The lines are rehearsed with the gateway's own scheduler, every device answering in the time that its template
            gives; the data volume comes from the gateway's own encoder and values as a process at rest has them, so it is \
            an estimate. Nothing is opened or sent.

            With --measured, devices answer as a running gateway has measured them:
            `gatewayctl status --json > box.json` on the box, then `gatewayctl plan station.yaml --measured box.json`.

            Exit status: 0, 65 when the measured figures are none, 78 when the config may not be used.

            EXAMPLES:
              gatewayctl plan station.yaml
              gatewayctl plan station.yaml --measured box.json
              gatewayctl plan station.yaml --json | jq '.buses[] | {id, load_percent, cycle_ms}'
            """)

    @Flag(help: "One JSON object, for programs.")
    var json = false

    @Option(
        help: ArgumentHelp("What `gatewayctl status --json` says on a running box.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var measured: String?

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp(
            "Look for boards and templates here, and nowhere else; may be repeated.", valueName: "dir"),
        completion: .directory)
    var libraries: [String] = []

    @Argument(help: "The board config.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func run() throws {
        let result = BoardConfigReader.read(file: file, libraryDirectories: libraries.isEmpty ? nil : libraries)
        for problem in result.errors { StandardError.write(problem.description) }
        guard let configuration = result.configuration else { throw ExitStatus.config }
        let known = try measured.map { try MeasuredFile.read($0, configuration) } ?? MeasuredDevices()
        let plan = StationPlan(configuration, measured: known)
        print(json ? PlanJSON.text(plan, configuration) : PlanText.text(plan, configuration))
    }
}

/// The turnarounds in what `gatewayctl status --json` printed.
private enum MeasuredFile {
    private struct Status: Decodable {
        struct Device: Decodable {
            var id: String
            var turnaround_p50_ms: Double?
        }
        var gateway: String
        var devices: [Device]
    }

    static func read(_ path: String, _ configuration: GatewayConfiguration) throws -> MeasuredDevices {
        guard let data = FileManager.default.contents(atPath: path) else {
            StandardError.write("gatewayctl: \(path): cannot be read, expected what `gatewayctl status --json` prints")
            throw ExitStatus.noInput
        }
        guard let status = try? JSONDecoder().decode(Status.self, from: data) else {
            StandardError.write("gatewayctl: \(path): no status, expected what `gatewayctl status --json` prints")
            throw ExitStatus.data
        }
        if status.gateway != configuration.gatewayID {
            StandardError.write(
                "gatewayctl: \(path): measured on \(status.gateway), used for \(configuration.gatewayID): devices of the "
                    + "same id are taken for the same")
        }
        let turnarounds = status.devices.compactMap { device in
            device.turnaround_p50_ms.map { (device.id, Nanoseconds(max(0, min($0, 60_000)) * 1e6)) }
        }
        return MeasuredDevices(turnarounds: Dictionary(turnarounds) { first, _ in first })
    }
}
