import Foundation
import GatewayModel
import Testing

@testable import agentsim

/// Goal: whatever happens to clock, buses, disk and link, in whatever order, nothing that was read long enough before a
/// cut is lost without a word, nothing is wrong, and nothing comes twice under two keys. Method: the agent's real code
/// on a virtual world; one seed is one life. `SEED=n` lives only that one; `Scripts/soak lives --seeds 1-200` many more.
@Suite(.serialized) struct LifeTests {
    private static let seeds: ClosedRange<UInt64> =
        ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) }.map { $0...$0 } ?? 1...5

    @Test(arguments: seeds)
    func aStormOfEveryFaultLosesNothingWithoutAWordAndDatesNothingWrong(seed: UInt64) async throws {
        print("SEED=\(seed)")
        let report = try await Simulation(.init(seed: seed, length: .hours(2), weather: .storm)).run()
        #expect(report.isSound, "\(report.failure(command: "Scripts/soak --seed \(seed)"))")
        // It must have been a life, and a hard one.
        #expect(report.arrived > 5_000 && report.faults.values.reduce(0, +) > 50, "\(report.summary)")
        #expect(report.receivers[0].alarms > 20, "\(report.receivers[0].alarms) alarm events")
    }

    @Test func aSeedGivesTheSameLifeAgain() async throws {
        let options = Simulation.Options(seed: 7, length: .hours(1), weather: .storm)
        let (first, second) = (try await Simulation(options).run(), try await Simulation(options).run())
        #expect(first.digest == second.digest)
        let other = try await Simulation(.init(seed: 8, length: .hours(1), weather: .storm)).run()
        #expect(first.digest != other.digest)
    }

    /// With the store out of reach for minutes, batches leave from memory, under the epoch that says so.
    @Test func aDiskThatStaysAwayStopsNoUplink() async throws {
        var weather = Weather.storm
        weather.mean = [.diskGone: .minutes(10), .diskFull: .minutes(20), .timeServer: .minutes(1)]
        let report = try await Simulation(.init(seed: 5, length: .hours(2), weather: weather)).run()
        #expect(report.isSound, "\(report.failure(command: "swift test --filter aDiskThatStaysAway"))")
        let batches = report.receivers.map { "\($0.tally.volatile) of \($0.tally.batches)" }
        #expect(report.receivers.allSatisfy { $0.tally.volatile > 20 }, "from memory: \(batches)")
        #expect(report.losses == .init(), "\(report.summary)")
    }
}

/// Goal: the oracles see what they are there for. Method: a part is broken on purpose; a life must fail.
@Suite(.serialized) struct SabotageTests {
    @Test(arguments: Sabotage.allCases)
    func aBrokenPartIsNoticed(sabotage: Sabotage) async throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            let report = try await Simulation(
                .init(seed: seed, length: .hours(1), weather: .storm, sabotage: sabotage)
            ).run()
            if !report.isSound { return }
        }
        Issue.record("four lives with \(sabotage.rawValue) went by and no oracle complained")
    }
}
