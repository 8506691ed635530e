import ArgumentParser
import BoardConfig
import StationPlan

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks board configs, and says everything that is wrong.",
        discussion: """
            Prints each problem as FILE:LINE:COL: error: ... or warning: ..., all of them, and one line for a file that \
            may be used. Device templates and board files are checked as such. Nothing is started, opened or changed.

            Exit status: 0 when every file may be used (warnings too), 78 when one may not.

            EXAMPLES:
              gatewayctl check station.yaml
              gatewayctl check BoardConfigs/stations/*.yaml BoardConfigs/devices/*.yaml
              gatewayctl check --library /opt/district-gateway/BoardConfigs station.yaml
            """)

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp(
            "Look for boards and templates here, and nowhere else; may be repeated.", valueName: "dir"),
        completion: .directory)
    var libraries: [String] = []

    @Flag(name: .shortAndLong, help: "Say nothing about files that may be used.")
    var quiet = false

    @Argument(help: "The files to check.", completion: .file(extensions: ["yaml", "yml"]))
    var files: [String]

    func run() throws {
        var isBad = false
        for file in files {
            let report = FileCheck.check(file: file, libraryDirectories: libraries.isEmpty ? nil : libraries)
            for problem in report.problems { print(problem) }
            for advice in Self.advice(report, file) { print(advice) }
            if let summary = report.summary {
                if !quiet { print("\(file): ok (\(summary))") }
            } else {
                isBad = true
            }
        }
        if isBad { throw ExitStatus.config }
    }

    /// What is allowed and will hurt.
    private static func advice(_ report: FileCheck, _ file: String) -> [Problem] {
        guard let configuration = report.configuration else { return [] }
        return PlanAdvice.all(of: configuration).map { advice in
            let position =
                switch advice.subject {
                case .bus(let id): report.places.buses[id]
                case .device(let id): report.places.devices[id]
                case .store: report.places.store
                }
            return Problem(file: file, position: position ?? .start, severity: .warning, message: advice.message)
        }
    }
}
