internal import Logging

/// gatewayd's command line. Parsed by hand: swift-argument-parser would bring Foundation into the daemon.
struct Arguments {
    var config: String?
    var stateDirectory = "/var/lib/gatewayd"
    var logLevel = Logger.Level.info

    enum Outcome {
        case run(Arguments)
        /// Print to stdout, exit 0.
        case show(String)
        /// Print to stderr, exit 64.
        case usageError(String)
    }

    static let help = """
        usage: gatewayd [--config FILE] [--state-dir DIR] [--log-level LEVEL]

        Polls the station's devices, stores the readings and sends them to its receivers, in the foreground, until
        SIGTERM or SIGINT (clean stop within 5 s: the open batch is sealed and stored).

          --config FILE      board config; without it the active one of the state directory (DIR/active.yaml)
          --state-dir DIR    where batches and state are kept (default /var/lib/gatewayd, made with mode 0700);
                             one daemon per directory
          --log-level LEVEL  trace, debug, info (default), notice, warning, error, critical
          --version          print the version
          --help             print this

        A state directory that cannot be used (not mounted, read-only, full) does not keep it from starting: batches are
        sent from memory until it can.

        exit status: 0 clean stop, 64 usage, 75 state directory in use, 78 bad config

        examples:
          gatewayctl check station.yaml && gatewayd --config station.yaml --state-dir ./state
          gatewayctl status --state-dir ./state

        """

    static func parse(_ words: [String], version: String) -> Outcome {
        var result = Arguments()
        var rest = words[...]
        while let word = rest.popFirst() {
            // `--key=value` and `--key value` are the same.
            let split = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let key = split[0]
            switch key {
            case "--help", "-h": return .show(help)
            case "--version": return .show("gatewayd \(version)\n")
            case "--config", "--state-dir", "--log-level":
                guard let value = split.count == 2 ? split[1] : rest.popFirst(), !value.isEmpty else {
                    return .usageError("\(key) needs a value")
                }
                if key == "--config" {
                    result.config = value
                } else if key == "--state-dir" {
                    result.stateDirectory = value
                } else if let level = Logger.Level(rawValue: value) {
                    result.logLevel = level
                } else {
                    let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
                    return .usageError("--log-level \(value): expected one of \(known)")
                }
            default:
                return .usageError("unknown argument \(word); known: --config, --state-dir, --log-level, --help")
            }
        }
        return .run(result)
    }
}
