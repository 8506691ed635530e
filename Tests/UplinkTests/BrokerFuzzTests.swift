import GatewayModel
import GatewayTestSupport
import Synchronization
import Testing

@testable import Uplink

/// Bytes that are not MQTT, in place of CONNACK and PUBACK.
@Suite(.timeLimit(.minutes(2)))
struct BrokerFuzzTests {
    @Test(arguments: Fuzz.seeds(12))
    func randomBytesAreSurvived(seed: UInt64) async throws {
        var timing = ReceiverTiming.quick
        timing.greeting = .milliseconds(300)
        timing.acknowledgement = .milliseconds(500)
        let random = Mutex(SeededGenerator(seed: seed))
        @Sendable func garbage() -> [UInt8] {
            random.withLock { random in
                (0..<Int.random(in: 1...200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
        }
        let broker = ScriptedBroker(
            greeting: { $0 < 3 ? .bytesAndClose(garbage()) : .accept() },
            answer: { $0.connection < 6 ? .bytes(garbage()) : .acknowledge() })
        let station = Station(port: broker.port, timing: timing)
        for _ in 0..<5 { station.seal() }
        try await eventually("delivered in the end, seed \(seed)", within: .seconds(30)) { station.hasDelivered() }
        let sealed = Dictionary(grouping: station.source.all, by: \.bytes)
        #expect(broker.batches.allSatisfy { sealed[$0.payload] != nil }, "seed \(seed)")
        #expect(await station.receiver.stop(within: .seconds(5)))
    }

    /// libmosquitto 2.0.11 asserts on it and would end the process.
    @Test func aPropertyThatLibmosquittoDoesNotKnowIsSurvived() async throws {
        let broker = ScriptedBroker(greeting: { $0 < 2 ? .accept(properties: [0x7E, 0x01]) : .accept() })
        let station = Station(port: broker.port)
        station.seal()
        try await eventually("delivered by the third connection") { station.hasDelivered() }
        #expect(broker.connections >= 3)
        #expect(await station.receiver.stop(within: .seconds(5)))
    }
}
