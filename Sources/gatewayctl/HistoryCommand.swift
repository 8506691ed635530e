import ArgumentParser
import DiagnosticShell
import Foundation

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Shows what a point was: quarters of an hour of 7 days, days of 2 years.",
        discussion: """
            Asks the daemon over its Unix socket. Smallest, mean and largest value, and the number of readings; whatever
            the dead band kept from being sent is in it. Days are local days, quarters are told in UTC.

            Exit status: 0, 65 when there is no history of the point, 69 when no daemon answers.

            EXAMPLES:
              gatewayctl history heat-meter.t1_supply
              gatewayctl history heat-meter.t1_supply --json | jq '.days[-1]'
            """)

    @Argument(help: ArgumentHelp("Device and point.", valueName: "device.point"))
    var point: String

    @Flag(help: "One JSON object on one line, for programs.")
    var json = false

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        let path = stateDir.map { "\($0)/shell.sock" } ?? "/run/gatewayd/shell.sock"
        let answer: [UInt8]
        do {
            answer = try ShellClient.ask("history \(point)\(json ? " --json" : "")", at: path)
        } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
        guard !answer.starts(with: Array("error: ".utf8)) else {
            StandardError.write("gatewayctl: \(String(decoding: answer.dropFirst(7).dropLast(), as: UTF8.self))")
            throw ExitStatus.data
        }
        FileHandle.standardOutput.write(Data(answer))
    }
}
