internal import GatewayModel

/// The command line.
struct Arguments {
    var seeds: ClosedRange<UInt64> = 1...1
    /// nil: storms of two hours.
    var days: Double?
    var sabotage: Sabotage?
    /// Nothing ends the agent's process.
    var isOneProcess = false
    var isTracing = false
    /// No life: what a backlog costs in CPU time.
    var isDraining = false

    static let help = """
        usage: agentsim [--seed N | --seeds A-B] [--days D] [--sabotage WORD]

        Lives the life of a gateway on a virtual clock, bus, disk and link, with the agent's real code. One seed decides
        everything; a life that fails prints its seed. Without --days a life is a storm of two hours with every fault every few
        minutes; with --days it is D days of bad weather, and memory is looked at each simulated day.

          --seed N         the life of this seed (default 1)
          --seeds A-B      one life each
          --days D         simulated days, 0.01 and more
          --one-process    no power cuts, kills, stops: one process of the agent lives all the time
          --trace          tells what happens, as it happens
          --drain          no life: the CPU time that a backlog takes between the store and the socket
          --sabotage WORD  breaks a part on purpose: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))

        exit status: 0 all is well; 1 an oracle complained; 64 usage
        """

    enum Problem: Error { case help, bad(String) }

    init(_ words: [String]) throws(Problem) {
        var words = words[...]
        while let word = words.popFirst() {
            switch word {
            case "-h", "--help": throw .help
            case "--seed":
                let seed = try Self.number(&words, word)
                seeds = seed...seed
            case "--seeds":
                let parts = try Self.value(&words, word).split(separator: "-").map { UInt64($0) }
                guard parts.count == 2, let low = parts[0], let high = parts[1], low <= high else {
                    throw .bad("--seeds: expected A-B, such as 1-100")
                }
                seeds = low...high
            case "--days":
                guard let days = Double(try Self.value(&words, word)), days >= 0.01, days <= 10_000 else {
                    throw .bad("--days: expected a number of days, 0.01 to 10000")
                }
                self.days = days
            case "--one-process": isOneProcess = true
            case "--trace": isTracing = true
            case "--drain": isDraining = true
            case "--sabotage":
                let name = try Self.value(&words, word)
                guard let sabotage = Sabotage(rawValue: name) else {
                    throw .bad(
                        "--sabotage: expected one of \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                self.sabotage = sabotage
            default: throw .bad("unknown argument \(word)")
            }
        }
    }

    private static func value(_ words: inout ArraySlice<String>, _ option: String) throws(Problem) -> String {
        guard let word = words.popFirst() else { throw .bad("\(option) needs a value") }
        return word
    }

    private static func number(_ words: inout ArraySlice<String>, _ option: String) throws(Problem) -> UInt64 {
        guard let number = UInt64(try value(&words, option)) else { throw .bad("\(option): expected a number") }
        return number
    }

    func command(seed: UInt64) -> String {
        var words = ["Scripts/soak", "--seed", "\(seed)"]
        if let days { words += ["--days", "\(days)"] }
        if isOneProcess { words.append("--one-process") }
        if let sabotage { words += ["--sabotage", sabotage.rawValue] }
        return words.joined(separator: " ")
    }

    func options(seed: UInt64, daily: (@Sendable (DaySample) -> Void)? = nil) -> Simulation.Options {
        var options = Simulation.Options(seed: seed, length: .hours(2), weather: .storm, sabotage: sabotage)
        if let days {
            options.length = Int64(days * Double(Nanoseconds.days(1)))
            options.weather = .season
            options.storeSize = 8 << 20
            options.daily = daily
        }
        if isOneProcess { options.weather = options.weather.withoutEnds }
        if isTracing { options.trace = { Console.say($0) } }
        return options
    }
}
