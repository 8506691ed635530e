import ArgumentParser
import DiagnosticShell
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
        let path = stateDir.map { "\($0)/shell.sock" } ?? "/run/gatewayd/shell.sock"
        do {
            let answer = try ShellClient.ask(json ? "status --json" : "status", at: path)
            FileHandle.standardOutput.write(Data(answer))
        } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
    }
}
