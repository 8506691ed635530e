import ArgumentParser
import BoardConfig
import Foundation

struct SetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Switches an output of the running gateway.",
        discussion: """
            Only outputs whose config says `write: operate`. An output with `max_on` goes off by itself; all go to their safe \
            state when the daemon stops. The log tells who has set what.

            Exit status: 0; 65 when the daemon refuses; 69 when none answers.

            EXAMPLES:
              gatewayctl set siren on --for 30s
              gatewayctl set siren off
            """)

    enum State: String, CaseIterable, ExpressibleByArgument { case on, off }

    @Argument(help: "The output's id.")
    var output: String

    @Argument(help: "on or off.")
    var state: State

    @Option(name: .customLong("for"), help: ArgumentHelp("Off again after so long.", valueName: "duration"))
    var duration: String?

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func validate() throws {
        guard let duration else { return }
        guard DurationText.parse(duration) ?? 0 > 0, state == .on else {
            throw ValidationError("--for takes a duration such as 30s or 5m, and only with on")
        }
    }

    func run() throws {
        let milliseconds = duration.flatMap(DurationText.parse).map { " \(max(1, $0 / 1_000_000))" } ?? ""
        let answer = try DaemonRequest.ask("set \(output) \(state)\(milliseconds)", stateDir: stateDir)
        FileHandle.standardOutput.write(Data(answer))
    }
}
