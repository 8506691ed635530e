import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import Storage

/// Goal: what an append has returned is never lost, whatever moment the power fails at, and the store always opens.
/// Method: a disk that dies at a random write or sync and forgets what was not synced, keeping or tearing each
/// unsynced write at random. With `synchronous=NORMAL` this fails.
@Suite struct PowerCutTests {
    @Test(arguments: [UInt64](1...80))
    func everyReturnedBatchSurvives(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let station = try Station(size: 1 << 20, vfs: FaultyDisk.vfsName, name: "power")
        let disk = FaultyDisk(directory: station.directory)
        let (outbox, report) = try await station.openAnchored([.city, .company])
        let death = Int.random(in: 0...1500, using: &generator)
        disk.fail(
            Bool.random(using: &generator)
                ? .write(after: death, forEver: true, code: FaultyDisk.writeError)
                : .sync(after: death / 8, forEver: true))
        var stored: [StoredBatch] = []
        var acknowledged: [Set<UInt64>] = [[], []]
        var isAlive = true
        while isAlive {
            station.time.advance(.seconds(10))
            let size = [50, 400, 3700, 20_000].randomElement(using: &generator) ?? 50
            do {
                stored.append(try await outbox.append(station.batch(bytes: size)))
            } catch {
                isAlive = false
            }
            if Bool.random(using: &generator) {
                let receiver = Int.random(in: 0...1, using: &generator)
                let keys = stored.suffix(30).filter { _ in Bool.random(using: &generator) }.map(\.key)
                await outbox.acknowledge(keys, by: receiver)
                acknowledged[receiver].formUnion(keys.map(\.sequence))
            }
            if outbox.status.trouble != nil { isAlive = false }
        }
        let evicted = outbox.status.evicted
        let image = station.directory + "/image"
        try disk.imageAfterPowerCut(in: image, using: &generator)
        if Bool.random(using: &generator) { try station.copy(["outbox.mark"], to: image) }
        let crashed = station.outbox(in: image, receivers: [.city, .company])
        let second = try await crashed.open()

        #expect(second.epoch == report.epoch, "seed \(seed)")
        #expect(second.setAside == nil && second.missing == 0, "seed \(seed)")
        // The append that the power cut interrupted may be there or not.
        let last = stored.last?.key.sequence ?? 0
        let found = second.last?.sequence ?? 0
        #expect(found == last || found == last + 1, "seed \(seed)")
        let done = acknowledged[0].intersection(acknowledged[1])
        for batch in stored where batch.key.sequence > evicted && !done.contains(batch.key.sequence) {
            let survivor = await crashed.batch(batch.key)
            #expect(survivor == batch, "seed \(seed), batch \(batch.key.sequence) of \(last)")
        }
        try await crashed.ensureDictionary(Station.dictionary, json: Array("{}".utf8))
        #expect(try await crashed.append(station.batch()).key.sequence == found + 1, "seed \(seed)")
        await crashed.close()
        await outbox.close()
    }
}

/// SplitMix64: the same numbers for the same seed, for ever.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
