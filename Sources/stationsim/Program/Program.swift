import Foundation
import Glibc

/// What `stationsim` does from its first to its last line.
struct Program {
    let options: Options

    /// Returns the exit status.
    static func run(_ arguments: [String]) -> CInt {
        do throws(Options.UsageError) {
            switch try Options.parse(arguments) {
            case .help: print(Options.help, terminator: "")
            case .version: print("stationsim \(Options.version)")
            case .run(let options): return Program(options: options).simulate()
            }
            return 0
        } catch {
            say("\(error.problem)\nusage: stationsim FILE [--dir DIR] ...; see stationsim --help")
            return 64
        }
    }

    private func simulate() -> CInt {
        let scenario: Scenario
        do {
            scenario = try ScenarioReader.read(file: options.file)
        } catch {
            Self.write("\(options.file): error: \(error)\n")
            return 78
        }
        var truth: TruthLog?
        if let path = options.truth {
            truth = TruthLog(path: path)
            guard truth != nil else { return Self.failure(73, path) }
        }
        if mkdir(options.directory, 0o755) != 0, errno != EEXIST { return Self.failure(73, options.directory) }
        let signals = ProgramSignals()
        let seed = options.seed ?? scenario.seed
        Self.say("\(scenario.name), seed \(seed)")
        let simulation: Simulation
        do throws(Simulation.Failure) {
            simulation = try Simulation(
                scenario, seed: seed, directory: options.directory, isFast: options.isFast, truth: truth,
                announce: Self.say)
        } catch {
            Self.say("\(error)")
            return 74
        }
        Self.say("ready")
        loop(simulation, signals, tick: scenario.tick, seed: seed)
        simulation.end()
        return report(simulation, seed) ? 0 : 73
    }

    private func loop(_ simulation: Simulation, _ signals: ProgramSignals, tick: Nanoseconds, seed: UInt64) {
        let start = Clock.monotonic()
        let end = options.seconds.map { start + Nanoseconds($0 * 1e9) } ?? .max
        var next = start + tick
        while true {
            switch signals.wait(until: min(next, end)) {
            case .stop: return
            case .report: _ = report(simulation, seed)
            case .reset: for meter in simulation.meters { meter.reset() }
            case .time: break
            }
            let now = Clock.monotonic()
            if now >= end { return }
            while next <= now {
                simulation.tick()
                next += tick
            }
        }
    }

    private func report(_ simulation: Simulation, _ seed: UInt64) -> Bool {
        let summary = simulation.summary(seed: seed) + "\n"
        Self.write(summary)
        guard let path = options.summary else { return true }
        if FileManager.default.createFile(atPath: path, contents: Data(summary.utf8)) { return true }
        Self.say("\(path) cannot be written")
        return false
    }

    private static func failure(_ status: CInt, _ path: String) -> CInt {
        say("\(path): \(String(cString: strerror(errno)))")
        return status
    }

    static func say(_ text: String) { write("stationsim: \(text)\n") }

    private static func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
