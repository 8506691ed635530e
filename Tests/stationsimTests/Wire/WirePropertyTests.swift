import Foundation
import SerialLine
import Testing

@testable import stationsim

/// Whatever is sent and however it is listened to. `SEED` in the environment replays a run.
@Suite struct WirePropertyTests {
    private let seed =
        ProcessInfo.processInfo.environment["SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)

    private func settings(_ random: inout SeededRandom) -> SerialSettings {
        let bauds = [1200, 2400, 4800, 9600, 19_200, 38_400, 115_200]
        let parities: [SerialSettings.Parity] = [.none, .even, .odd]
        return SerialSettings(
            baud: bauds[Int(random.next() % 7)], dataBits: random.oneIn(4) ? 7 : 8,
            parity: parities[Int(random.next() % 3)],
            stopBits: random.oneIn(2) ? 1 : 2)
    }

    private func emit(_ bench: inout WireBench, _ random: inout SeededRandom) {
        var after: Nanoseconds = 0
        for place in 0..<(1 + random.next() % 5) {
            let end = bench.send(
                random.bytes(1 + Int(random.next() % 12)), settings(&random), after: after, isInverted: random.oneIn(4),
                by: place % 2 == 0 ? .device("a") : .port)
            after = max(0, end - WireBench.start + Nanoseconds(random.next() % 8_000_000) - 3_000_000)
        }
    }

    @Test func whatIsSentAtAgreeingSettings_arrives_whateverItIs() {
        print("SEED=\(seed)")
        var random = SeededRandom(seed: seed, stream: "agreeing")
        for round in 0..<300 {
            let sender = settings(&random)
            var receiver = sender
            receiver.stopBits = random.oneIn(2) ? 1 : 2
            // A quartz and a half-bit: what is off by 4 % is still in its bit after ten of them.
            receiver.baud += Int(Double(sender.baud) * 0.04 * (2 * random.unit() - 1))
            let mask: UInt8 = sender.dataBits == 7 ? 0x7F : 0xFF
            let sent = random.bytes(1 + Int(random.next() % 40)).map { $0 & mask }
            var bench = WireBench(seed: random.next())
            bench.send(sent, sender)
            let heard = bench.receive(receiver)
            #expect(heard.map(\.byte) == sent && heard.allSatisfy(\.isGood), "seed \(seed), round \(round)")
        }
    }

    @Test func aClockThatIsATenthOff_isNeverTakenForTheRightOne() {
        print("SEED=\(seed)")
        var random = SeededRandom(seed: seed, stream: "clock")
        for round in 0..<200 {
            var receiver = settings(&random)
            let sender = receiver
            receiver.baud = receiver.baud * (random.oneIn(2) ? 89 : 111) / 100
            // Enough characters with a level that changes late.
            let sent = (0..<24).map { _ in random.oneIn(2) ? 0x7F : random.bytes(1)[0] & 0x7F } + [0x01, 0x40, 0x7E]
            var bench = WireBench()
            bench.send(sent, sender)
            let heard = bench.receive(receiver)
            #expect(
                heard.map(\.byte) != sent || !heard.allSatisfy(\.isGood), "seed \(seed), round \(round): \(sender)")
        }
    }

    @Test func listeningInSteps_hearsTheSameAsListeningAtOnce() {
        print("SEED=\(seed)")
        var random = SeededRandom(seed: seed, stream: "steps")
        for round in 0..<200 {
            var bench = WireBench(
                WireCondition(
                    isBiased: random.oneIn(2), isTerminated: random.oneIn(2), length: 1 + Int(random.next() % 2000),
                    interference: random.oneIn(2) ? .init(every: 8_000_000, length: 1_000_000, signal: nil) : nil),
                seed: random.next())
            bench.wire.isInterfered = true
            emit(&bench, &random)
            let receiver = settings(&random)
            let ear = Ear(owner: .port, isInverted: random.oneIn(3))
            let limit = (bench.wire.emissions.map(\.end).max() ?? 0) + 20_000_000
            var whole = UART(receiver, from: WireBench.start - 1_000_000)
            let expected = whole.listen(to: bench.wire, with: ear, until: limit)
            var stepped = UART(receiver, from: WireBench.start - 1_000_000)
            var heard: [UART.Character] = []
            var time = WireBench.start
            while time < limit {
                time = min(limit, time + 1 + Nanoseconds(random.next() % 3_000_000))
                heard += stepped.listen(to: bench.wire, with: ear, until: time)
            }
            #expect(heard == expected, "seed \(seed), round \(round)")
        }
    }

    @Test func characters_neverOverlap_andNoneIsShorterThanItsBits() {
        print("SEED=\(seed)")
        var random = SeededRandom(seed: seed, stream: "order")
        for round in 0..<200 {
            var bench = WireBench(WireCondition(isBiased: random.oneIn(2)), seed: random.next())
            emit(&bench, &random)
            let receiver = settings(&random)
            let heard = bench.receive(receiver)
            for (earlier, later) in zip(heard, heard.dropFirst()) {
                #expect(earlier.end <= later.start, "seed \(seed), round \(round)")
            }
            #expect(heard.allSatisfy { $0.end - $0.start == UART(receiver, from: 0).duration }, "seed \(seed)")
        }
    }
}
