import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

/// `ack: platform`: the broker's PUBACK is not enough.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct PlatformModeTests {
    private func acknowledge(_ broker: Broker, _ source: MemorySource, _ ranges: String) throws -> BrokerProcess {
        try BrokerProcess([
            "/usr/bin/mosquitto_pub", "-V", "5", "-h", "127.0.0.1", "-p", "\(broker.port)", "-q", "1",
            "-t", "dg/1/cj-hs-017/ack", "-m",
            #"{"epoch":"\#(source.epoch.hexadecimal)","sequences":\#(ranges)}"#,
        ])
    }

    @Test func onlyWhatThePlatformAcknowledgesIsDone() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let station = Station(port: broker.port, acknowledgement: .platform)
        for _ in 0..<10 { station.seal() }
        try await eventually("the platform has them") { platform.batches.count == 10 }
        try await eventually("they wait") { station.receiver.status.awaitingPlatform == 10 }
        #expect(station.source.acknowledged(by: 0).isEmpty)
        // Unknown numbers and another epoch are ignored.
        let first = try acknowledge(broker, station.source, "[[1,4],[7,7],[900,18446744073709551615]]")
        try await eventually("five are done") {
            station.source.acknowledged(by: 0).map(\.sequence).sorted() == [1, 2, 3, 4, 7]
        }
        let second = try acknowledge(broker, station.source, "[[1,10]]")
        try await eventually("all are done") { station.hasDelivered() }
        #expect(platform.batches.count == 10)
        #expect(station.receiver.status.awaitingPlatform == 0)
        first.end()
        second.end()
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func whatThePlatformForgetsIsSentAgainWithTheSameBytes() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        var timing = ReceiverTiming.quick
        timing.platform = .milliseconds(200)
        let station = Station(port: broker.port, acknowledgement: .platform, timing: timing)
        let batch = station.seal()
        try await eventually("sent again") { platform.batches.count >= 3 }
        #expect(platform.batches.allSatisfy { $0.payload == batch.bytes })
        #expect(station.receiver.status.resent >= 2)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func anAcknowledgementThatComesLateAndTwiceCountsOnce() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        var timing = ReceiverTiming.quick
        timing.platform = .milliseconds(200)
        let station = Station(port: broker.port, acknowledgement: .platform, timing: timing)
        for _ in 0..<3 { station.seal() }
        try await eventually("sent again, since the platform said nothing") { platform.batches.count >= 6 }
        #expect(station.receiver.status.problem == "the broker has batches that the platform does not acknowledge")
        let late = try acknowledge(broker, station.source, "[[1,3]]")
        try await eventually("done") { station.hasDelivered() }
        let again = try acknowledge(broker, station.source, "[[1,3],[1,3]]")
        station.seal()
        try await eventually("the next one waits") { station.receiver.status.awaitingPlatform == 1 }
        let last = try acknowledge(broker, station.source, "[[4,4]]")
        try await eventually("done too") { station.hasDelivered() }
        #expect(station.receiver.status.acknowledged == 4)
        #expect(station.receiver.status.problem == nil)
        let sealed = Set(station.source.all.map(\.bytes))
        #expect(platform.batches.allSatisfy { sealed.contains($0.payload) }, "the same bytes each time")
        for process in [late, again, last] { process.end() }
        await station.receiver.stop(within: .seconds(5))
    }

    /// The longest list of numbers that nobody knows, again and again; then one that counts.
    @Test func aFloodOfUnknownAcknowledgementsIsIgnoredWithoutGrowing() async throws {
        let source = MemorySource()
        let broker = ScriptedBroker()
        let station = Station(port: broker.port, source: source, acknowledgement: .platform)
        station.seal()
        try await eventually("it waits") { station.receiver.status.awaitingPlatform == 1 }
        let unknown = (0..<1_024).map { "[\(1_000_000 + $0),18446744073709551615]" }.joined(separator: ",")
        let flood = message("[\(unknown)]", source)
        let before = residentKiB()
        for _ in 0..<300 { broker.say(flood) }
        broker.say(message("[[1,1]]", source))
        try await eventually("the one that counts", within: .seconds(30)) { station.hasDelivered() }
        #expect(station.receiver.status.acknowledged == 1)
        #expect(residentKiB() - before < 20_000)
        await station.receiver.stop(within: .seconds(5))
    }

    /// A QoS 0 PUBLISH to the gateway (MQTT 5.0, 3.3).
    private func message(_ ranges: String, _ source: MemorySource) -> [UInt8] {
        let topic = Array("dg/1/cj-hs-017/ack".utf8)
        let text = Array(#"{"epoch":"\#(source.epoch.hexadecimal)","sequences":\#(ranges)}"#.utf8)
        let body = [0, UInt8(topic.count)] + topic + [0] + text
        var (length, digits) = (body.count, [UInt8]())
        repeat {
            digits.append(UInt8(length % 128) | (length >= 128 ? 128 : 0))
            length /= 128
        } while length > 0
        return [0x30] + digits + body
    }

    @Test func thePlatformMayBeQuickerThanTheBroker() async throws {
        let source = MemorySource()
        let batch = source.add()
        // The acknowledgement, and only then the PUBACK.
        let message = message("[[1,1]]", source)
        let broker = ScriptedBroker(answer: { publish in
            guard publish.topic.hasSuffix("/batch") else { return .acknowledge() }
            return .bytes(message + ScriptedBroker.acknowledgement(publish.mid, 0))
        })
        let station = Station(port: broker.port, source: source, acknowledgement: .platform)
        try await eventually("done") { source.acknowledged(by: 0) == [batch.key] }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aPlatformThatSaysNothingStopsTheSendingAtTheLimit() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        var limits = ReceiverLimits()
        limits.awaitingPlatform = 20
        let station = Station(port: broker.port, acknowledgement: .platform, limits: limits)
        for _ in 0..<200 { station.seal() }
        try await eventually("at the limit") { station.receiver.status.awaitingPlatform >= 20 }
        let second = try acknowledge(broker, station.source, "[[1,200]]")
        try await eventually("it goes on") { station.receiver.status.acknowledged > 20 }
        // What was on its way when the limit was reached may still come on top.
        #expect(station.receiver.status.awaitingPlatform < 20 + ReceiverLimits().window)
        second.end()
        await station.receiver.stop(within: .seconds(5))
        platform.end()
    }

    @Test func aForbiddenSubscriptionIsNamed() async throws {
        let broker = ScriptedBroker(subscription: 0x87)
        let station = Station(port: broker.port, acknowledgement: .platform)
        station.seal()
        try await eventually("named") {
            station.receiver.status.problem == "not authorised to subscribe to dg/1/cj-hs-017/ack"
        }
        #expect(broker.batches.isEmpty)
        await station.receiver.stop(within: .seconds(5))
    }
}
