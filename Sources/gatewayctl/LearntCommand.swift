import ArgumentParser
import Foundation

struct LearntCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learnt",
        abstract: "Shows what the running gateway has learnt of its devices.",
        discussion: """
            How long each takes to answer and how far that spreads, the response timeout in use, and the addresses between \
            points that it refuses to be asked across. Learnt gaps are kept over restarts.

            Exit status: 0, or 69 when no daemon answers.

            EXAMPLES:
              gatewayctl learnt
              gatewayctl learnt --template          lines for the devices' templates
            """)

    @Flag(help: "As lines of a device template.")
    var template = false

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        let answer = try DaemonRequest.ask(template ? "learnt --template" : "learnt", stateDir: stateDir)
        FileHandle.standardOutput.write(Data(answer))
    }
}
