internal import BoardConfig
internal import CLinux
internal import GatewayAgent
internal import GatewayModel
internal import Glibc
internal import Logging
internal import Storage
internal import ThreadExecutor

/// Runs the agent in the foreground until SIGTERM or SIGINT.
@main
enum GatewayDaemon {
    // sysexits.h; interfaces: "Programs".
    private static let usage: CInt = 64
    private static let stateInUse: CInt = 75
    private static let badConfig: CInt = 78

    static func main() {
        Signals.block()
        CLinux_keep_memory_small()
        switch Arguments.parse(Array(CommandLine.arguments.dropFirst()), version: Version.text) {
        case .show(let text):
            print(text, terminator: "")
        case .usageError(let problem):
            complain("gatewayd: \(problem)")
            exit(usage)
        case .run(let arguments):
            exit(run(arguments))
        }
    }

    private static func run(_ arguments: Arguments) -> CInt {
        let level = arguments.logLevel
        LoggingSystem.bootstrap { StandardErrorLog(label: $0, level: level) }
        let path = arguments.config ?? "\(arguments.stateDirectory)/active.yaml"
        let result = BoardConfigReader.read(file: path)
        for problem in result.problems { complain(problem.description) }
        guard let configuration = result.configuration else { return badConfig }
        let directory = StateDirectoryClaim(arguments.stateDirectory)
        do {
            try directory.claim()
        } catch {
            complain("gatewayd: \(error)")
            if case .inUse = error { return stateInUse }
            // Not mounted yet, read-only, full: meters are read and batches sent all the same.
            complain("gatewayd: going on without a store until the state directory can be used")
        }
        if !LocalDays.setZone(configuration.timezone) {
            complain(
                "gatewayd: the system does not know the zone \(configuration.timezone), local days are counted in UTC;"
                    + " install tzdata")
        }
        let agent = GatewayAgent(
            configuration: configuration, stateDirectory: arguments.stateDirectory,
            claim: directory, socketPath: socketPath(arguments),
            logger: Logger(label: "gatewayd"))
        Task.detached { await agent.start() }
        Signals.wait()
        let stopped = WakeUp()
        Task.detached {
            await agent.stop()
            stopped.signal()
        }
        stopped.wait()
        // The lock on the directory is let go only now.
        withExtendedLifetime(directory) {}
        return 0
    }

    /// `/run/gatewayd/shell.sock` for the installed daemon, beside the state for any other.
    private static func socketPath(_ arguments: Arguments) -> String {
        let installed = arguments.stateDirectory == Arguments().stateDirectory
        return installed ? "/run/gatewayd/shell.sock" : "\(arguments.stateDirectory)/shell.sock"
    }

    private static func complain(_ text: String) {
        let line = Array((text + "\n").utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, line.count) }
    }
}
