/// The command line, read by hand.
struct Options: Sendable {
    var file = ""
    var directory = "."
    var isFast = false
    var truth: String?
    var summary: String?
    var seconds: Double?
    var seed: UInt64?

    static let version = "0.1.0"

    static let help = """
        usage: stationsim FILE [--dir DIR] [--fast] [--truth FILE] [--summary FILE] [--seconds N] [--seed N]

        Simulates the station of a scenario file: each serial bus is a pseudo terminal, linked as DIR/BUS, whose slaves
        answer Modbus RTU at the pace of the line; each TCP bus listens, its port number is in DIR/BUS.port.

          --dir DIR       where the links go; made if it is not there (default: the working directory)
          --fast          no pace, no silence rule: answers come at once
          --truth FILE    log every value served, one JSON line each
          --summary FILE  write the summary there too
          --seconds N     end after N seconds (default: at SIGINT or SIGTERM)
          --seed N        another seed than the scenario's own
          --help, --version

        Signals: SIGUSR1 prints the summary of every bus as JSON on stderr, as the end does; SIGUSR2 starts it afresh.

        examples:
          stationsim BoardConfigs/scenarios/heat-substation.json5 --dir /tmp/station --truth /tmp/station/truth.jsonl
          stationsim BoardConfigs/scenarios/bench-12x20.json5 --dir /tmp/bench --seconds 60 --summary bench.json

        exit status: 0 done, 64 wrong usage, 73 a file or link cannot be made, 74 the system refused something,
        78 the scenario is wrong

        """

    struct UsageError: Error { var problem: String }

    enum Request: Sendable { case run(Options), help, version }

    /// - Parameter arguments: Without the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Request {
        var options = Options()
        var files: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            var inline: String?
            var name = argument
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
                name = String(argument[..<equals])
                inline = String(argument[argument.index(after: equals)...])
            }
            func value() throws(UsageError) -> String {
                guard let text = inline ?? rest.popFirst() else { throw UsageError(problem: "\(name) needs a value") }
                return text
            }
            switch name {
            case "--help", "-h": return .help
            case "--version": return .version
            case "--fast": options.isFast = true
            case "--dir": options.directory = try value()
            case "--truth": options.truth = try value()
            case "--summary": options.summary = try value()
            case "--seconds": options.seconds = try seconds(value())
            case "--seed": options.seed = try seed(value())
            default:
                guard !argument.hasPrefix("-") || argument == "-" else {
                    throw UsageError(problem: "unknown option \(name)")
                }
                files.append(argument)
            }
        }
        guard files.count == 1 else {
            throw UsageError(problem: files.isEmpty ? "which scenario file?" : "one scenario file, not \(files.count)")
        }
        options.file = files[0]
        return .run(options)
    }

    private static func seconds(_ text: String) throws(UsageError) -> Double {
        guard let seconds = Double(text), seconds > 0, seconds < 1e9 else {
            throw UsageError(problem: "--seconds needs a number above 0")
        }
        return seconds
    }

    private static func seed(_ text: String) throws(UsageError) -> UInt64 {
        guard let seed = UInt64(text) else { throw UsageError(problem: "--seed needs a whole number") }
        return seed
    }
}
