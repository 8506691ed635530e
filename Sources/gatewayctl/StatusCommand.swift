import ArgumentParser
import Foundation

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how the running gateway is: clock, buses, devices, store, receivers.",
        discussion: """
            Asks the daemon over its Unix socket; nothing is changed.

            Exit status: 0, or 69 when no daemon answers.

            EXAMPLES:
              gatewayctl status
              gatewayctl status --json | jq '.devices[] | select(.state != "ok")'
              gatewayctl status --state-dir ./state
            """)

    @Flag(help: "One JSON object on one line, for programs.")
    var json = false

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        let answer = try DaemonRequest.ask(json ? "status --json" : "status", stateDir: stateDir)
        FileHandle.standardOutput.write(Data(answer))
    }
}
