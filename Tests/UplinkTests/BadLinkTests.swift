import GatewayModel
import GatewayTestSupport
import Synchronization
import Testing

@testable import Uplink

/// What happens to the bytes between the gateway and a real broker.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct BadLinkTests {
    private func connected(_ broker: Broker, timing: ReceiverTiming = .quick, faults: BrokerRelay.Faults = .init())
        -> (BrokerRelay, Station)
    {
        let relay = BrokerRelay(to: broker.port, faults: faults)
        return (relay, Station(port: relay.port, timing: timing))
    }

    private func everythingCameWithItsOwnBytes(_ platform: BrokerSubscriber, _ station: Station) -> Bool {
        Set(platform.batches.map(\.payload)) == Set(station.source.all.map(\.bytes))
    }

    /// Nothing is to be sent, and the other side is gone without a word: the status message finds out.
    @Test func aHalfOpenConnectionIsFoundWhileNothingIsToBeSent() async throws {
        let broker = try Broker()
        try broker.start()
        var timing = ReceiverTiming.quick
        timing.status = .milliseconds(200)
        timing.acknowledgement = .milliseconds(300)
        let (relay, station) = connected(broker, timing: timing)
        try await eventually("connected") { station.receiver.status.connected }
        relay.setSilent(true)
        try await eventually("given up") {
            station.receiver.status.problem == MQTTProblem.unacknowledged.text && !station.receiver.status.connected
        }
        relay.setSilent(false)
        try await eventually("back") { station.receiver.status.connected }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aLinkWithSecondsOfLatencyDeliversOnceAndStays() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let (relay, station) = connected(broker, faults: .init(delay: .milliseconds(700)))
        for _ in 0..<40 { station.seal() }
        try await eventually("all arrive", within: .seconds(40)) { station.hasDelivered() }
        try await eventually("arrived") { everythingCameWithItsOwnBytes(platform, station) }
        #expect(platform.batches.count == 40, "nothing came twice")
        #expect(station.receiver.status.reconnects == 0)
        #expect(relay.accepted == 1)
        await station.receiver.stop(within: .seconds(10))
    }

    /// Goal: a PUBLISH that breaks off anywhere loses nothing. Method: connections are reset after a random number of
    /// bytes, wherever in a packet that is.
    @Test(arguments: [UInt64(1), 2, 3])
    func resetsInTheMiddleOfAPublishLoseNothing(seed: UInt64) async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        var timing = ReceiverTiming.quick
        timing.reconnectFirst = .milliseconds(5)
        timing.reconnectMost = .milliseconds(20)
        timing.backlogStartFirst = 0
        timing.backlogStartMost = 0
        let random = Mutex(SeededGenerator(seed: seed))
        let ends = (0..<25).map { _ in random.withLock { Int.random(in: 1...4_000, using: &$0) } }
        let faults = BrokerRelay.Faults(resetAfter: { $0 < ends.count ? ends[$0] : nil })
        let (relay, station) = connected(broker, timing: timing, faults: faults)
        for _ in 0..<150 { station.seal(bytes: 500) }
        try await eventually("all arrive, seed \(seed)", within: .seconds(40)) {
            station.hasDelivered() && relay.accepted > ends.count
        }
        try await eventually("arrived, seed \(seed)") { everythingCameWithItsOwnBytes(platform, station) }
        await station.receiver.stop(within: .seconds(5))
    }

    /// The broker has the batches and their PUBACKs are lost: they come again, recognisably the same.
    @Test func lostAcknowledgementsMakeDuplicatesWithTheSameBytes() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        var timing = ReceiverTiming.quick
        timing.acknowledgement = .milliseconds(300)
        timing.greeting = .milliseconds(300)
        let (relay, station) = connected(broker, timing: timing)
        station.seal()
        try await eventually("the first arrives") { station.hasDelivered() }
        relay.change { $0.swallows = .toGateway }
        for _ in 0..<5 { station.seal() }
        try await eventually("the platform has some of them") { platform.batches.count >= 4 }
        try await eventually("given up") { !station.receiver.status.connected }
        #expect(station.source.acknowledged(by: 0).count == 1)
        relay.change { $0.swallows = nil }
        try await eventually("all are acknowledged") { station.hasDelivered() }
        try await eventually("arrived") { everythingCameWithItsOwnBytes(platform, station) }
        #expect(platform.batches.count > 6, "some came twice")
        #expect(station.receiver.status.resent > 0)
        await station.receiver.stop(within: .seconds(5))
    }

    /// A client is made for each connection, with TLS a context too; none of it stays.
    @Test func aThousandConnectionsLeaveNoMemoryBehind() async throws {
        let broker = try Broker()
        let certificates = try Certificates(in: broker.directory)
        let settings = MQTTSettings(
            clientID: "hs", version: .v5, tls: TLSConfiguration(ca: certificates.path("city-ca.pem")),
            host: "127.0.0.1", certificateTime: SystemTime().realTime(), will: .init(topic: "t", payload: []),
            window: 16)
        // Nobody listens: the connection fails at once or with the first look.
        let port = TCP.freePort()
        func connections(_ count: Int) throws {
            for _ in 0..<count {
                let client = try MosquittoClient(settings)
                do throws(MQTTProblem) {
                    try client.connect(address: "127.0.0.1", port: port, keepAlive: 60)
                    try client.service(readable: true, writable: true)
                } catch { continue }
            }
        }
        try connections(200)
        let before = residentKiB()
        try connections(1_000)
        // A context that stayed would be some 30 KiB.
        #expect(residentKiB() - before < 6_000)
    }
}
