import Foundation
import Testing

@testable import stationsim

@Suite struct SignalTests {
    /// The values of all signals after each of `ticks` ticks of 100 ms.
    private func run(_ signals: String, ticks: Int, seed: UInt64 = 1) throws -> [[Double]] {
        let text = #"{name: "t", signals: [\#(signals)], buses: [{id: "b", serial: "9600 8N1"}], devices: []}"#
        return try run(ScenarioReader.read(Data(text.utf8)), ticks, seed)
    }

    private func run(_ scenario: Scenario, _ ticks: Int, _ seed: UInt64) -> [[Double]] {
        let board = SignalBoard()
        var engine = SignalEngine(scenario.signals, tick: scenario.tick, seed: seed, board: board)
        return (0..<ticks).map { _ in
            engine.advance()
            return board.snapshot()
        }
    }

    @Test func theSameSeed_givesTheSameStation() throws {
        let signals = """
            {id: "w", walk: {low: 0, high: 9, step: 1}},
            {id: "s", sine: {mean: 5, amplitude: 1, period: "10s"}, noise: 0.2}
            """
        #expect(try run(signals, ticks: 200, seed: 7) == run(signals, ticks: 200, seed: 7))
        #expect(try run(signals, ticks: 200, seed: 7) != run(signals, ticks: 200, seed: 8))
    }

    @Test func aLag_reachesTwoThirdsAfterItsTimeConstant() throws {
        let values = try run(
            #"{id: "c", constant: 10}, {id: "l", lag: {of: "c", tau: "5s", start: 0}}"#, ticks: 50)
        #expect(abs(values[49][1] - 6.32) < 0.05)
    }

    @Test func aCounter_integratesAndNeverFalls() throws {
        let values = try run(
            """
            {id: "f", sine: {mean: 0, amplitude: 100, period: "4s"}},
            {id: "n", counter: {of: "f", per: "1s", start: 7}}
            """, ticks: 400)
        #expect(zip(values, values.dropFirst()).allSatisfy { $0[1] <= $1[1] })
        #expect(abs(values[399][1] - (7 + 10 * 4 * 100 / .pi)) < 20)
    }

    @Test func aFloatSwitch_keepsATankBetweenItsMarks() throws {
        let values = try run(
            """
            {id: "valve", hysteresis: {of: "level", low: 1, high: 2}},
            {id: "rate", sum: {of: [["valve", 0.05]], offset: -0.02}},
            {id: "level", integral: {of: "rate", per: "1s", start: 1.5}},
            """, ticks: 6000)
        #expect(values.allSatisfy { $0[2] > 0.95 && $0[2] < 2.05 })
        #expect(Set(values.map { $0[0] }) == [0, 1])
    }

    @Test func aWalk_stepsOnItsBeatAndStaysInside() throws {
        let values = try run(
            #"{id: "w", walk: {low: 0, high: 3, step: 2, every: "1s", probability: 0.5}}"#, ticks: 3000
        ).map { $0[0] }
        let changes = zip(values, values.dropFirst()).filter { $0 != $1 }.count
        #expect((100...200).contains(changes))
        #expect(values.allSatisfy { (0...3).contains($0) })
    }

    @Test func aCycle_isOnAndOffForItsShare() throws {
        let values = try run(#"{id: "p", cycle: {on: "3s", off: "1s"}}"#, ticks: 4000).map { $0[0] }
        #expect(abs(values.reduce(0, +) / 4000 - 0.75) < 0.01)
    }

    /// An hour of both shipped stations: what a plausible station never does would be an error of the scenario.
    @Test func theShippedStations_stayPlausibleForAnHour() throws {
        let limits: [String: [(String, ClosedRange<Double>)]] = [
            "heat-substation": [
                ("t1_supply", 70...130), ("t1_return", 30...70), ("flow1", 5...500), ("p1_supply", 0.4...1.6),
                ("p1_return", 0.2...1.0), ("t2_supply", 35...60), ("t2_return", 28...50), ("p2_supply", 0.3...1.2),
                ("p2_return", 0.2...0.8), ("tank_level", 0.3...2.5), ("speed1", 20...50), ("heat1", 0.5...50),
            ],
            "water-pump-station": [
                ("inlet_pressure", 0.1...0.4), ("outlet_pressure", 0.3...1.6), ("tank_level", 0.5...3.5),
                ("pump1_hz", 20...50), ("pump2_hz", 0...50), ("outflow", 0...200), ("motor1_temperature", 15...80),
                ("head", 0.5...6),
            ],
        ]
        for (name, expected) in limits {
            let scenario = try ScenarioReader.read(file: repositoryFile("BoardConfigs/scenarios/\(name).json5"))
            let values = run(scenario, 36_000, 3)
            for (signal, range) in expected {
                let index = try #require(scenario.signals.firstIndex { $0.id == signal })
                let seen = values.map { $0[index] }
                #expect(range.contains(seen.min() ?? .nan) && range.contains(seen.max() ?? .nan), "\(name).\(signal)")
                #expect(seen.min() != seen.max(), "\(name).\(signal) stands still")
            }
        }
    }
}

/// A file of the repository, from the place of this one.
func repositoryFile(_ path: String, from file: String = #filePath) -> String {
    URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(path).path
}
