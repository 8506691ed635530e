import ArgumentParser
import Foundation

struct LearntCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learnt",
        abstract: "Shows what the running gateway has learnt of its devices.",
        discussion: """
            How long each takes to answer and how far that spreads, the response timeout in use, and the addresses between \
            points that it refuses to be asked across (sought anew once a week of running), and the identity by which each \
            is known, if its template names one. Gaps and identities are kept over restarts.

            While another device answers at an address, its values are withheld, until the old one is back or --accept \
            says that the new one is right.

            Exit status: 0, 65 when there is nothing to accept, or 69 when no daemon answers.

            EXAMPLES:
              gatewayctl learnt
              gatewayctl learnt --template              lines for the devices' templates
              gatewayctl learnt --accept heat-meter     it was changed, and the new one is right
            """)

    @Flag(help: "As lines of a device template.")
    var template = false

    @Option(help: ArgumentHelp("Take the device that answers there now for the right one.", valueName: "device"))
    var accept: String?

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        let words = accept.map { "learnt --accept \($0)" } ?? (template ? "learnt --template" : "learnt")
        let answer = try DaemonRequest.ask(words, stateDir: stateDir)
        FileHandle.standardOutput.write(Data(answer))
    }
}
