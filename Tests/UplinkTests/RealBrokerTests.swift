import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

/// mosquitto with its own ways: subscribers, access lists, users, versions.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct RealBrokerTests {
    @Test func whereNobodyListensNothingCountsAsDelivered() async throws {
        let broker = try Broker()
        try broker.start()
        let station = Station(port: broker.port)
        for _ in 0..<20 { station.seal() }
        try await eventually("status says so") { station.receiver.status.nobodyListens }
        #expect(station.receiver.status.problem == "nobody listens at the platform")
        #expect(station.source.acknowledged(by: 0).isEmpty)
        let platform = try BrokerSubscriber(port: broker.port)
        try await eventually("all arrive once someone listens") { station.hasDelivered() }
        try await eventually("all arrive") {
            Set(platform.batches.map(\.payload)) == Set(station.source.all.map(\.bytes))
        }
        #expect(station.receiver.status.problem == nil)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func anAccessListThatForbidsTheBatchTopicIsNamed() async throws {
        let broker = try Broker(["allow_anonymous true", "acl_file DIR/acl"])
        try broker.write(
            "acl", ["topic read #", "topic write dg/1/+/meta/#", "topic write dg/1/+/status", "topic write test/#"])
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port)
        station.seal()
        try await eventually("named") {
            station.receiver.status.problem == "not authorised to publish to dg/1/cj-hs-017/batch"
        }
        #expect(station.source.acknowledged(by: 0).isEmpty)
        #expect(platform.batches.isEmpty)
        // The administrator allows it and restarts the broker.
        broker.stop()
        try broker.write("acl", ["topic readwrite #"])
        try broker.start()
        let allowed = try BrokerSubscriber(port: broker.port)
        try await eventually("delivered") { station.hasDelivered() }
        #expect(station.receiver.status.problem == nil)
        try await eventually("arrived") { allowed.batches.count == 1 }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func theDictionaryIsRetainedBeforeTheFirstBatchAndNotSentAgainOnAReconnect() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let relay = BrokerRelay(to: broker.port)
        let station = Station(port: relay.port)
        station.seal()
        try await eventually("delivered") { station.hasDelivered() }
        let dictionary = "dg/1/cj-hs-017/meta/\(DictionaryID.sample.hexadecimal)"
        let topics = platform.messages.map(\.topic)
        let first = try #require(topics.firstIndex(of: Station.batchTopic))
        #expect(topics[..<first].contains(dictionary))
        relay.cut()
        try await eventually("connected again") { station.receiver.status.reconnects == 1 }
        station.seal()
        try await eventually("delivered again") { station.hasDelivered() }
        #expect(platform.messages.filter { $0.topic == dictionary }.count == 1)
        #expect(platform.messages.filter { $0.topic == "dg/1/cj-hs-017/meta" }.count == 1)
        let late = try BrokerSubscriber(port: broker.port)
        try await eventually("retained") { late.messages.contains { $0.topic == dictionary && $0.isRetained } }
        #expect(late.messages.contains { $0.topic == "dg/1/cj-hs-017/meta" && $0.isRetained })
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aBrokerThatLostItsRetainedMessagesInARestartGetsThemAgain() async throws {
        let broker = try Broker()
        try broker.start()
        var platform: BrokerSubscriber? = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port)
        station.seal()
        try await eventually("delivered") { station.hasDelivered() }
        platform?.end()
        broker.stop()
        try await eventually("the outage is noticed") {
            station.receiver.status.problem?.contains("nobody listens at the broker's address") == true
        }
        try broker.start()
        platform = try BrokerSubscriber(port: broker.port)
        station.seal()
        try await eventually("the dictionary comes before the batch") {
            let topics = platform?.messages.map(\.topic) ?? []
            guard let batch = topics.firstIndex(of: Station.batchTopic) else { return false }
            return topics[..<batch].contains("dg/1/cj-hs-017/meta/\(DictionaryID.sample.hexadecimal)")
        }
        await station.receiver.stop(within: .seconds(5))
    }

    /// On a thin line a dictionary takes most of a minute, and the newest batch would wait for it.
    @Test func aBrokerThatKeptItsRetainedMessagesIsNotSentTheDictionaryAgain() async throws {
        let broker = try Broker([
            "allow_anonymous true", "persistence true", "persistence_location DIR/", "autosave_interval 1",
        ])
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port, session: "platform")
        let station = Station(port: broker.port)
        station.seal()
        try await eventually("delivered") { station.hasDelivered() }
        broker.stop()
        try await eventually("the outage is noticed") {
            station.receiver.status.problem?.contains("nobody listens at the broker's address") == true
        }
        try broker.start()
        station.seal()
        try await eventually("delivered again") { station.hasDelivered() }
        let dictionary = "dg/1/cj-hs-017/meta/\(DictionaryID.sample.hexadecimal)"
        try await eventually("the batch is there") { Set(platform.batches.map(\.payload)).count == 2 }
        #expect(platform.messages.filter { $0.topic == dictionary && !$0.isRetained }.count == 1)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func mqtt311DeliversWithoutLanes() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port) { $0.version = .v311 }
        for _ in 0..<100 { station.seal() }
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") {
            Set(platform.batches.map(\.payload)) == Set(station.source.all.map(\.bytes))
        }
        #expect(platform.batches.allSatisfy { $0.lane.isEmpty })
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aNewBatchGoesOnTheLiveLane() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port)
        try await eventually("connected") { station.receiver.status.connected && station.receiver.status.caughtUp }
        let batch = station.seal()
        try await eventually("arrived") { platform.batches.map(\.payload) == [batch.bytes] }
        #expect(platform.batches.map(\.lane) == ["live"])
        // Its blob came with the notification.
        #expect(station.source.reads == 0)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aBatchThatIsGoneFromTheStoreIsSkipped() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource()
        for _ in 0..<10 { source.add() }
        source.evict(source.keys[3])
        source.evict(source.keys[9])
        let station = Station(port: broker.port, source: source)
        try await eventually("the others arrive") { source.acknowledged(by: 0).count == 8 }
        try await eventually("arrived") { platform.batches.count == 8 }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aBatchThatNobodyToldOfIsFoundInTheStore() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port)
        try await eventually("caught up") { station.receiver.status.caughtUp }
        station.source.add()
        station.source.add()
        // The store tells the newest of several.
        station.seal()
        try await eventually("all three arrive") { station.hasDelivered() && platform.batches.count == 3 }
        station.source.add()
        try await eventually("and one found by the regular look") { station.hasDelivered() }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aMissingDictionaryKeepsTheBatchAndHoldsUpNoOther() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource()
        for number in 0..<10 { source.add(dictionary: number == 4 ? .other : .sample) }
        let station = Station(port: broker.port, source: source)
        try await eventually("the others arrive") { source.acknowledged(by: 0).count == 9 }
        #expect(station.receiver.status.putAside == 1)
        try await eventually("arrived") { platform.batches.count == 9 }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func notificationsNeverWaitAndAreBounded() async throws {
        let station = Station(port: TCP.freePort())
        let start = ContinuousClock.now
        let batch = station.source.add(bytes: 60_000)
        for _ in 0..<100_000 { station.receiver.notify(batch) }
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(await station.receiver.stop(within: .seconds(5)))
    }
}
