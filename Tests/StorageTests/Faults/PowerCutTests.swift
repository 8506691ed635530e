import Testing

@testable import Storage

/// Goal: what an append or a set has returned is never lost, whatever moment the power fails at, and the store always
/// opens. With `synchronous=NORMAL` this fails. `Scripts/soak power-cuts` runs the same with as many cuts as wanted.
@Suite struct PowerCutTests {
    /// Lives that follow one another on the same files; more seeds rather than longer chains.
    private static let chain = 50

    @Test func whatWasReturnedSurvivesEveryPowerCutAndDuplicatesAreTheSameBytes() async throws {
        let (tally, ledgers) = try await cuts(.honest, SoakSettings.cuts)
        let lost = ledgers.reduce(0) { $0 + $1.lost }
        let changed = ledgers.reduce(0) { $0 + $1.changed }
        let duplicates = ledgers.reduce(0) { $0 + $1.duplicates }
        print(
            "power cuts, honest disk, SEED=\(SoakSettings.seed): \(tally.cuts) (\(tally.cutsWhileOpening) while opening),",
            "\(tally.batches) batches stored, \(lost) lost, \(changed) changed, \(duplicates) sent again")
        #expect(tally.problems == [])
        #expect(lost == 0 && changed == 0)
        #expect(tally.batches > tally.cuts, "too little was stored for the test to mean anything")
        #expect(tally.setAside == 0)
    }

    /// Nothing can be promised there but that it goes on.
    @Test func theStoreOpensAfterEveryPowerCutOfADiskThatLiesAboutFlushes() async throws {
        let (tally, _) = try await cuts(.lying, SoakSettings.cuts / 3)
        print(
            "power cuts, lying disk, SEED=\(SoakSettings.seed): \(tally.cuts) (\(tally.cutsWhileOpening) while opening),",
            "\(tally.batches) batches stored, \(tally.setAside) files set aside")
        #expect(tally.problems == [])
    }

    private func cuts(_ disk: PowerCuts.Disk, _ count: Int) async throws -> (PowerCuts.Tally, [StoreLedger]) {
        var total = PowerCuts.Tally()
        var ledgers: [StoreLedger] = []
        var seed = SoakSettings.seed
        while total.cuts < count, total.problems.isEmpty {
            let run = try PowerCuts(seed: seed, disk: disk)
            try await run.run(cuts: min(Self.chain, count - total.cuts))
            total.cuts += run.tally.cuts
            total.cutsWhileOpening += run.tally.cutsWhileOpening
            total.batches += run.tally.batches
            total.setAside += run.tally.setAside
            total.problems += run.tally.problems
            ledgers.append(run.ledger)
            seed += 1
        }
        return (total, ledgers)
    }
}
