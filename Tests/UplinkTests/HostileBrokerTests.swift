import GatewayModel
import GatewayTestSupport
import Synchronization
import Testing

@testable import Uplink

/// Brokers that say the wrong thing, or nothing; and what a real one seldom says.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct HostileBrokerTests {
    private func timing() -> ReceiverTiming {
        var timing = ReceiverTiming.quick
        timing.greeting = .milliseconds(300)
        timing.acknowledgement = .milliseconds(500)
        return timing
    }

    private func stopped(_ station: Station) async { #expect(await station.receiver.stop(within: .seconds(5))) }

    @Test func aBrokerThatNeverAnswersIsGivenUpAndTriedAgain() async throws {
        let isSilent = Mutex(true)
        let broker = ScriptedBroker(greeting: { _ in isSilent.withLock { $0 } ? .silence : .accept() })
        let station = Station(port: broker.port, timing: timing())
        station.seal()
        try await eventually("it says why") {
            station.receiver.status.problem == "the broker took the connection but did not answer"
        }
        isSilent.withLock { $0 = false }
        try await eventually("delivered in the end") { station.hasDelivered() }
        await stopped(station)
    }

    @Test(
        arguments: [[0x20], [0x20, 0x06, 0x00], [0x20, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x00], [0x00]] as [[UInt8]])
    func aConnackThatBreaksOffIsNoConnection(bytes: [UInt8]) async throws {
        let broker = ScriptedBroker(greeting: { $0 == 0 ? .bytesAndClose(bytes) : .accept() })
        let station = Station(port: broker.port, timing: timing())
        station.seal()
        try await eventually("delivered by the second connection") { station.hasDelivered() }
        #expect(broker.connections >= 2)
        await stopped(station)
    }

    @Test func aResetWhileBatchesAreOnTheirWayLosesNothing() async throws {
        let count = Mutex(0)
        let broker = ScriptedBroker(answer: { publish in
            guard publish.topic.hasSuffix("/batch") else { return .acknowledge() }
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number % 7 == 0 && number < 60 ? .reset : .acknowledge()
        })
        let station = Station(port: broker.port, timing: timing())
        for _ in 0..<100 { station.seal() }
        try await eventually("all arrive") { station.hasDelivered() }
        #expect(station.receiver.status.reconnects >= 8)
        let bytes = Dictionary(grouping: broker.batches, by: { String(decoding: $0.payload.prefix(10), as: UTF8.self) })
        for (_, copies) in bytes { #expect(Set(copies.map(\.payload)).count == 1) }
        await stopped(station)
    }

    @Test func aMissingPubackEndsTheConnectionAndTheBatchIsSentAgainOnceByUs() async throws {
        let broker = ScriptedBroker(answer: { publish in
            publish.connection == 0 && publish.topic.hasSuffix("/batch") ? .ignore : .acknowledge()
        })
        let station = Station(port: broker.port, timing: timing())
        station.seal()
        try await eventually("delivered by the second connection") { station.hasDelivered() }
        // libmosquitto would have sent it a second time by itself.
        #expect(broker.batches.map(\.connection) == [0, 1])
        #expect(station.receiver.status.resent == 1)
        await stopped(station)
    }

    @Test func theBrokersReceiveMaximumIsKept() async throws {
        // Property 0x21, receive maximum 3.
        let broker = ScriptedBroker(
            greeting: { _ in .accept(properties: [0x21, 0, 3]) },
            answer: { $0.topic.hasSuffix("/batch") ? .hold : .acknowledge() })
        let station = Station(port: broker.port, timing: timing(acknowledgement: .seconds(20)))
        for _ in 0..<20 { station.seal() }
        for delivered in 0..<20 {
            try await eventually("something is on its way") { broker.held > 0 }
            broker.releaseOne()
            try await eventually("acknowledged") { station.receiver.status.acknowledged > delivered }
        }
        #expect(broker.mostHeld <= 3)
        #expect(broker.mostHeld >= 2)
        try await eventually("all recorded") { station.hasDelivered() }
        await stopped(station)
    }

    private func timing(acknowledgement: Nanoseconds) -> ReceiverTiming {
        var timing = timing()
        timing.acknowledgement = acknowledgement
        return timing
    }

    @Test func theWindowIsOursWhereTheBrokerSetsNone() async throws {
        let broker = ScriptedBroker(answer: { $0.topic.hasSuffix("/batch") ? .hold : .acknowledge() })
        let station = Station(port: broker.port, timing: timing(acknowledgement: .seconds(20)))
        for _ in 0..<60 { station.seal() }
        try await eventually("the backlog leaves one slot free") { broker.held >= 15 }
        station.seal()
        try await eventually("a new batch takes it") { broker.held == 16 }
        for delivered in 0..<61 {
            try await eventually("something is on its way") { broker.held > 0 }
            broker.releaseOne()
            try await eventually("acknowledged") { station.receiver.status.acknowledged > delivered }
        }
        #expect(broker.mostHeld == 16)
        await stopped(station)
    }

    @Test func payloadBytesOnTheirWayAreBounded() async throws {
        let broker = ScriptedBroker(answer: { $0.topic.hasSuffix("/batch") ? .hold : .acknowledge() })
        let station = Station(port: broker.port, timing: timing(acknowledgement: .seconds(20)))
        for _ in 0..<12 { station.seal(bytes: 200 << 10) }
        for delivered in 0..<12 {
            try await eventually("something is on its way") { broker.held > 0 }
            broker.releaseOne()
            try await eventually("acknowledged") { station.receiver.status.acknowledged > delivered }
        }
        #expect(broker.mostHeld <= 2)
        await stopped(station)
    }

    @Test(arguments: [(0x97, "quota"), (0x87, "not authorised to publish"), (0x10, "nobody listens")])
    func aRefusalPausesAndIsNamed(reason: Int, words: String) async throws {
        let refusing = Mutex(true)
        let broker = ScriptedBroker(answer: { publish in
            publish.topic.hasSuffix("/batch") && refusing.withLock { $0 } ? .acknowledge(UInt8(reason)) : .acknowledge()
        })
        let station = Station(port: broker.port, timing: timing())
        for _ in 0..<30 { station.seal() }
        try await eventually("named") { station.receiver.status.problem?.contains(words) == true }
        #expect(station.receiver.status.nobodyListens == (reason == 0x10))
        #expect(station.source.acknowledged(by: 0).isEmpty)
        let newest = try #require(station.source.all.last)
        try await eventually("one probe at a time, with the newest") {
            broker.batches.count > 3 && broker.batches.suffix(3).allSatisfy { $0.payload == newest.bytes }
        }
        refusing.withLock { $0 = false }
        try await eventually("all arrive") { station.hasDelivered() }
        #expect(station.receiver.status.problem == nil)
        #expect(!station.receiver.status.nobodyListens)
        await stopped(station)
    }

    @Test func aBatchThatIsRefusedByItselfHoldsUpNoOther() async throws {
        let broker = ScriptedBroker(answer: { publish in
            publish.payload.starts(with: Array("batch 5 ".utf8)) ? .acknowledge(0x99) : .acknowledge()
        })
        let station = Station(port: broker.port, timing: timing())
        for _ in 0..<20 { station.seal() }
        try await eventually("the others arrive") { station.source.acknowledged(by: 0).count == 19 }
        try await eventually("it is put aside") { station.receiver.status.putAside == 1 }
        #expect(broker.batches.filter { $0.payload.starts(with: Array("batch 5 ".utf8)) }.count == 3)
        await stopped(station)
    }

    @Test func aTakeoverThatTheBrokerTellsOfIsWaitedOut() async throws {
        var timing = timing()
        timing.takenOver = .seconds(60)
        let broker = ScriptedBroker()
        let station = Station(port: broker.port, timing: timing)
        station.seal()
        try await eventually("connected") { station.hasDelivered() }
        // DISCONNECT, session taken over.
        broker.say([0xE0, 0x02, 0x8E, 0x00])
        try await eventually("named") {
            station.receiver.status.problem == "another client connected with this gateway's client id"
        }
        #expect(broker.connections == 1)
        await stopped(station)
    }

    @Test func aRefusedDictionaryHoldsItsBatchesBack() async throws {
        let refusing = Mutex(true)
        let broker = ScriptedBroker(answer: { publish in
            publish.topic.contains("/meta/") && refusing.withLock { $0 } ? .acknowledge(0x87) : .acknowledge()
        })
        let station = Station(port: broker.port, timing: timing())
        station.seal()
        try await eventually("named") {
            station.receiver.status.problem?.contains("not authorised to publish to dg/1/cj-hs-017/meta/") == true
        }
        #expect(broker.batches.isEmpty)
        refusing.withLock { $0 = false }
        try await eventually("delivered") { station.hasDelivered() }
        await stopped(station)
    }

    @Test func aStopIsBoundedEvenWhenNothingIsAcknowledged() async throws {
        let broker = ScriptedBroker(answer: { _ in .ignore })
        let station = Station(port: broker.port, timing: timing(acknowledgement: .seconds(20)))
        station.seal()
        try await eventually("connected") { station.receiver.status.connected }
        let start = ContinuousClock.now
        #expect(await station.receiver.stop(within: .seconds(1)))
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test func anAddressThatDoesNotAnswerIsGivenUpInTimeAndAStopDoesNotWaitForIt() async throws {
        // A listener whose queue is full: the kernel answers no further SYN.
        let port = TCP.freePort()
        let listener = TCP.listen(on: port, backlog: 0)
        let fillers = (0..<4).map { _ in TCP.connect(to: port, waits: false) }
        defer { for descriptor in fillers + [listener] { TCP.close(descriptor) } }
        var timing = timing()
        timing.connect = .milliseconds(300)
        timing.greeting = .milliseconds(300)
        let station = Station(port: port, timing: timing)
        try await eventually("named") {
            ["the broker's address does not answer", "the broker took the connection but did not answer"]
                .contains(station.receiver.status.problem)
        }
        await stopped(station)
    }
}
