import ArgumentParser
import Foundation

struct TotalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "total",
        abstract: "Sets what a pulse counter of the running gateway shows.",
        discussion: """
            To what is read off the meter, in the counter's unit; from then on its pulses are added. It lasts over restarts, the \
            reading that tells it has the quality `substituted`, and the log and the state directory keep who set it when.

            Exit status: 0; 65 when the daemon refuses; 69 when none answers.

            EXAMPLES:
              gatewayctl total makeup_water 1234.56
            """)

    @Argument(help: "The counter's id.")
    var counter: String

    @Argument(help: "The total, in the counter's unit.")
    var value: String

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        let answer = try DaemonRequest.ask("total \(counter) \(value)", stateDir: stateDir)
        FileHandle.standardOutput.write(Data(answer))
    }
}
