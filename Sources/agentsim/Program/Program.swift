/// What `agentsim` does.
enum Program {
    static func run(_ words: [String]) async -> Int32 {
        let arguments: Arguments
        do throws(Arguments.Problem) {
            arguments = try Arguments(words)
        } catch {
            guard case .bad(let text) = error else {
                Console.say(Arguments.help)
                return 0
            }
            Console.complain("error: \(text)")
            return 64
        }
        return arguments.isDraining ? await Drain.run() : await live(arguments)
    }

    private static func live(_ arguments: Arguments) async -> Int32 {
        var totals = Totals()
        var failed = 0
        let memory = MemoryFigures()
        for seed in arguments.seeds {
            do {
                let options = arguments.options(seed: seed) { memory.add($0) }
                let report = try await Simulation(options).run()
                totals.add(report)
                Console.say(report.summary)
                guard !report.isSound else { continue }
                failed += 1
                Console.say(report.failure(command: arguments.command(seed: seed)))
            } catch {
                failed += 1
                Console.say("SEED=\(seed)\n  the simulation itself failed: \(error)")
            }
        }
        Console.say(totals.table)
        let isFlat = memory.judge()
        Console.say("agentsim: \(totals.lives) lives, \(failed) failed")
        return failed == 0 && isFlat ? 0 : 1
    }
}
