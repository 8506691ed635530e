import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite struct SignalTallyTests {
    /// - Parameters: shares of requests that are spoiled, of 1,000, while the pump runs and while it rests.
    private func tally(on: Int, off: Int, rounds: Int = 6, perRound: Int = 60, seed: UInt64) -> SignalTally {
        var random = SeededGenerator(seed: seed)
        var tally = SignalTally()
        for round in 0..<rounds {
            let isOn = round % 2 == 1
            for _ in 0..<perRound {
                let isSpoiled = Int.random(in: 0..<1_000, using: &random) < (isOn ? on : off)
                // Another point that never changes, and one that always does.
                tally.note(isDisturbed: isSpoiled, while: [1: isOn, 2: true, 3: Bool.random(using: &random)])
            }
        }
        return tally
    }

    @Test(arguments: 0..<20) func theSignalThatNoiseGoesWithIsFound(seed: Int) {
        #expect(tally(on: 300, off: 10, seed: UInt64(seed)).culprit?.point == 1, "seed \(seed)")
    }

    @Test(arguments: 0..<20) func noiseThatGoesWithNothingHasNoCulprit(seed: Int) {
        #expect(tally(on: 150, off: 150, seed: UInt64(seed)).culprit == nil, "seed \(seed)")
        #expect(tally(on: 0, off: 0, seed: UInt64(seed)).culprit == nil)
        #expect(tally(on: 10, off: 300, seed: UInt64(seed)).culprit?.point == nil, "it is less while it runs")
    }

    @Test func oneChangeIsACoincidence() {
        #expect(tally(on: 500, off: 0, rounds: 2, perRound: 400, seed: 1).culprit == nil)
    }

    @Test func itForgets() {
        var tally = tally(on: 500, off: 0, seed: 2)
        for _ in 0..<200_000 { tally.note(isDisturbed: false, while: [1: true]) }
        #expect(tally.culprit == nil)
        #expect(tally.rows[1].map { $0.on.requests + $0.off.requests } ?? 0 <= SignalTally.horizon)
    }
}
