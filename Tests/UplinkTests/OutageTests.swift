import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(2)), .serialized)
struct OutageTests {
    private static let persistent = [
        "allow_anonymous true", "persistence true", "persistence_location DIR/", "autosave_interval 1",
    ]

    @Test(arguments: ["TERM", "KILL"])
    func afterAnOutageUnderLoadTheNewestComesFirstAndTheBacklogOldestFirst(signal: String) async throws {
        let broker = try Broker(Self.persistent)
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port, session: "platform")
        let station = Station(port: broker.port)
        for _ in 0..<10 { station.seal() }
        try await eventually("the first arrive") { station.hasDelivered() }
        let sealing = Task {
            // Under load while the broker goes.
            while !Task.isCancelled {
                station.seal()
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try await eventually("more arrive") { station.receiver.status.acknowledged > 30 }
        broker.stop(signal)
        try await eventually("the outage is noticed") { !station.receiver.status.connected }
        sealing.cancel()
        _ = await sealing.result
        for _ in 0..<400 { station.seal() }
        let newest = try #require(station.source.all.last)
        let known = platform.batches.count
        let lost = station.source.all.count - 400

        try broker.start()
        let start = ContinuousClock.now
        try await eventually("the newest arrives", within: .seconds(5)) {
            platform.batches.contains { $0.payload == newest.bytes }
        }
        #expect(ContinuousClock.now - start < .seconds(5))
        try await eventually("everything arrives", within: .seconds(40)) {
            station.hasDelivered()
                && Set(platform.batches.map(\.payload)) == Set(station.source.all.map(\.bytes))
        }
        let after = platform.batches.dropFirst(known)
        let order = station.source.all.enumerated().reduce(into: [[UInt8]: Int]()) { $0[$1.element.bytes] = $1.offset }
        // Of those sealed while the broker was away; it may still pass on some from before.
        let fresh = after.filter { order[$0.payload] ?? 0 >= lost }
        #expect(fresh.first?.payload == newest.bytes)
        #expect(fresh.first?.lane == "live")
        let backlog = fresh.filter { $0.lane == "backlog" }.compactMap { order[$0.payload] }
        #expect(backlog.count > 380)
        #expect(zip(backlog, backlog.dropFirst()).allSatisfy { $0 < $1 })
        // Every payload is one of the sealed ones, so whatever came twice came with the same bytes.
        #expect(platform.batches.allSatisfy { order[$0.payload] != nil })
        #expect(station.receiver.status.reconnects >= 1)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aDeadReceiverDelaysNoOther() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let silent = ScriptedBroker(greeting: { _ in .silence })
        let source = MemorySource()
        let alive = Station(port: broker.port, source: source, index: 0)
        let unreachable = Station(port: TCP.freePort(), source: source, index: 1)
        let mute = Station(port: silent.port, source: source, index: 2)
        for _ in 0..<200 {
            let batch = source.add()
            for receiver in [alive, unreachable, mute].map(\.receiver) { receiver.notify(batch) }
        }
        try await eventually("the living receiver has all", within: .seconds(5)) { alive.hasDelivered(0) }
        #expect(source.acknowledged(by: 1).isEmpty)
        #expect(source.acknowledged(by: 2).isEmpty)
        try await eventually("the dead ones say why") {
            unreachable.receiver.status.problem?.contains("nobody listens at the broker's address") == true
        }
        try await eventually("all arrive") { platform.batches.count >= 200 }
        for station in [alive, unreachable, mute] {
            #expect(await station.receiver.stop(within: .seconds(5)))
        }
    }

    @Test func aSilentLinkIsGivenUpAndItsBatchesAreSentAgainWithTheSameBytes() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let relay = BrokerRelay(to: broker.port)
        var timing = ReceiverTiming.quick
        timing.acknowledgement = .milliseconds(300)
        let station = Station(port: relay.port, timing: timing)
        station.seal()
        try await eventually("the first arrives") { station.hasDelivered() }
        relay.setSilent(true)
        for _ in 0..<5 { station.seal() }
        try await eventually("the link is given up") {
            !station.receiver.status.connected
        }
        #expect(station.receiver.status.problem?.contains("not acknowledged in time") == true)
        relay.setSilent(false)
        try await eventually("all arrive") { station.hasDelivered() }
        #expect(station.receiver.status.resent > 0)
        #expect(Set(platform.batches.map(\.payload)).isSubset(of: station.source.all.map(\.bytes)))
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aCutConnectionPublishesTheWill() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port, topic: "dg/1/+/status")
        let relay = BrokerRelay(to: broker.port)
        let station = Station(port: relay.port)
        func states() -> [String] { platform.messages.map { String(decoding: $0.payload, as: UTF8.self) } }
        try await eventually("online") { states().contains { $0.contains(#""state":"online""#) } }
        #expect(states().last == #"{"gateway":"cj-hs-017","state":"online","health":{"cpu":3}}"#)
        relay.close()
        try await eventually("the will") {
            states().last == #"{"gateway":"cj-hs-017","state":"offline","reason":"connection lost"}"#
        }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aStopIsGracefulAndLeavesTheRetainedStatusOffline() async throws {
        let broker = try Broker()
        try broker.start()
        let station = Station(port: broker.port)
        let platform = try BrokerSubscriber(port: broker.port)
        for _ in 0..<50 { station.seal() }
        try await eventually("all arrive") { station.hasDelivered() }
        let start = ContinuousClock.now
        #expect(await station.receiver.stop(within: .seconds(5)))
        #expect(ContinuousClock.now - start < .seconds(1))
        #expect(!station.receiver.status.connected)
        platform.end()
        let late = try BrokerSubscriber(port: broker.port, topic: "dg/1/+/status")
        try await eventually("the retained status") {
            late.messages.first.map { String(decoding: $0.payload, as: UTF8.self) }
                == #"{"gateway":"cj-hs-017","state":"offline","reason":"stopped"}"#
        }
        #expect(late.messages.first?.isRetained == true)
    }

    @Test func aSecondClientWithTheSameIdIsNamedAndNotChased() async throws {
        let broker = try Broker()
        try broker.start()
        var timing = ReceiverTiming.quick
        timing.takenOver = .seconds(60)
        let station = Station(port: broker.port, timing: timing)
        try await eventually("connected") { station.receiver.status.connected }
        // Like a second gateway, it comes back whenever it is thrown out.
        let other = try BrokerSubscriber(port: broker.port, session: Station.gateway)
        try await eventually("the other client is suspected") {
            station.receiver.status.problem?.contains("another client may use this client id") == true
        }
        #expect(station.receiver.status.remedy?.contains("gateway.id") == true)
        #expect(!station.receiver.status.connected)
        other.end()
        #expect(await station.receiver.stop(within: .seconds(5)))
    }
}
