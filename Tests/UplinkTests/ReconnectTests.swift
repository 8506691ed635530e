import GatewayModel
import Synchronization
import Testing

@testable import Uplink

/// How often a receiver tries: the receiver's own loop through a day of trouble, in virtual time.
@Suite(.timeLimit(.minutes(2)))
struct ReconnectTests {
    private static let day: Nanoseconds = .seconds(86_400)

    struct Trouble: Sendable, CustomTestStringConvertible {
        var name: String
        var refusal: MQTTProblem?
        var answer: @Sendable (String, Int) -> SimulatedLine.Answer = { _, _ in .acknowledge(0) }
        /// Tries in a day of it.
        var most: Int
        var testDescription: String { name }
    }

    static let troubles = [
        Trouble(name: "no answer", refusal: .noAnswer, most: 2_200),
        Trouble(name: "nobody listens on the port", refusal: MQTTProblem(errorNumber: 111), most: 2_700),
        Trouble(name: "the broker lets nobody in", refusal: MQTTProblem(connectReason: 0x87), most: 2_200),
        Trouble(name: "TLS fails", refusal: .failedTLS, most: 2_200),
        Trouble(name: "taken over", refusal: MQTTProblem(disconnectCode: 0x8E), most: 2_200),
        Trouble(name: "taken and cut", answer: { _, _ in .cut }, most: 2_200),
        Trouble(name: "never acknowledged", answer: { _, _ in .ignore }, most: 1_700),
        Trouble(
            name: "cut after some minutes, again and again", answer: { _, n in n % 20 == 0 ? .cut : .acknowledge(0) },
            most: 2_200),
    ]

    @Test(arguments: troubles)
    func aDayOfTroubleIsNoStorm(trouble: Trouble) async throws {
        let line = SimulatedLine(time: VirtualTime())
        let station = SimulatedStation(
            line: line, source: SealingSource(sizes: 500...600), seal: .seconds(60), seed: 3)
        await station.run(until: station.now + .seconds(300))
        #expect(station.status.connected)
        line.change { state in
            state.refusal = trouble.refusal
            state.answer = trouble.answer
            state.attempts = []
        }
        if trouble.refusal != nil { line.change { $0.answer = { _, _ in .cut } } }
        let start = station.now
        await station.run(until: start + Self.day)
        let attempts = line.current.attempts
        #expect(attempts.count <= trouble.most)
        #expect(!attempts.isEmpty)
        let inAMinute =
            attempts.indices.map { first in
                attempts[first...].prefix { $0 - attempts[first] < .seconds(60) }.count
            }.max() ?? 0
        #expect(inAMinute <= 25, "however it begins")
        print("a day of '\(trouble.name)': \(attempts.count) tries, at most \(inAMinute) in a minute")

        line.change { state in
            state.refusal = nil
            state.answer = { _, _ in .acknowledge(0) }
        }
        let healed = station.now
        let isBack = await station.run(until: healed + .seconds(120)) { station.status.connected }
        #expect(isBack, "back within a minute and a bit")
        let isDrained = await station.run(until: healed + .seconds(3_600)) { station.source.left == 0 }
        #expect(isDrained, "and nothing was lost")
    }

    /// The broker takes the connection and refuses the batches, all day.
    @Test(arguments: [0x10, 0x87, 0x97, 0x90])
    func aDayOfRefusalsCostsFewPublications(reason: Int) async throws {
        let line = SimulatedLine(time: VirtualTime())
        let station = SimulatedStation(
            line: line, source: SealingSource(sizes: 500...600), seal: .seconds(60), seed: 4)
        await station.run(until: station.now + .seconds(300))
        let batches = Count()
        line.change { state in
            state.answer = { topic, _ in
                guard topic.hasSuffix("/batch") else { return .acknowledge(0) }
                batches.increment()
                return .acknowledge(reason)
            }
            state.attempts = []
        }
        await station.run(until: station.now + Self.day)
        // Pauses of 150 to 300 s, and one batch after each.
        #expect(batches.value < 700)
        #expect(batches.value > 200)
        #expect(line.current.attempts.isEmpty, "the connection stands")
        #expect(station.source.left > 1_400, "all is kept")
        line.change { $0.answer = { _, _ in .acknowledge(0) } }
        let isDrained = await station.run(until: station.now + .seconds(3_600)) { station.source.left == 0 }
        #expect(isDrained)
    }

    /// A name server that does not answer holds up nothing: it is named, and a stop does not wait for it.
    @Test func aNameServerThatNeverAnswersIsNamedAndAStopDoesNotWait() async throws {
        let line = SimulatedLine(time: VirtualTime())
        line.change { $0.namesAnswer = false }
        let station = SimulatedStation(
            line: line, source: SealingSource(sizes: 500...600), seal: .seconds(60), seed: 5)
        let isNamed = await station.run(until: station.now + .seconds(30)) {
            station.status.problem == "the name server does not say where broker is"
        }
        #expect(isNamed)
        #expect(await station.stop(within: .seconds(1)))
    }
}

/// A counter for closures.
final class Count: Sendable {
    private let number = Atomic(0)
    var value: Int { number.load(ordering: .relaxed) }
    func increment() { number.add(1, ordering: .relaxed) }
}
