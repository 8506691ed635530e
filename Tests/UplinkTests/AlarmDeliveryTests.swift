import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Uplink

/// Alarm events on their way to a real broker.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct AlarmDeliveryTests {
    private let dictionary = PointDictionary(
        gateway: Station.gateway,
        points: ["heat-meter", "tank"].enumerated().map { index, device in
            PointDefinition(
                index: index, device: device, id: "value",
                source: .register(table: .holding, address: UInt16(index), type: .int16, count: 1))
        })
    private let boot = BootID(bytes: Array(0..<16))
    private let anchor = WallAnchor(
        bootTime: BootTime(nanoseconds: .seconds(100)), realTime: .seconds(1_795_231_200), error: 0)

    private func batch(_ alarms: [AlarmEvent], anchor: WallAnchor?, in source: MemorySource) throws -> StoredBatch {
        let time = BootTime(nanoseconds: .seconds(100))
        let reading = Reading(point: 0, time: time, quality: .good, sample: .integer(96))
        let sealed = SealedBatch(
            BatchContent(readings: [reading], alarms: alarms), at: time, boot: try #require(boot), anchor: anchor,
            dictionary: dictionary.id, urgent: !alarms.isEmpty)
        return sealed.stored(as: BatchKey(epoch: source.epoch, sequence: UInt64(source.keys.count + 1)))
    }

    private func event(_ id: String, point: PointIndex?) -> AlarmEvent {
        AlarmEvent(
            id: id, episode: 7, isRaised: true, severity: .critical, time: BootTime(nanoseconds: .seconds(100)),
            point: point, value: point == nil ? .none : .number(DecimalNumber(96)))
    }

    @Test(arguments: [PayloadProfile.batch, .json])
    func everyEventIsSentByItselfBeforeTheBatchThatHoldsIt(profile: PayloadProfile) async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        let station = Station(port: broker.port, source: source, profile: profile)
        try await eventually("connected") { station.receiver.status.connected }
        let alarmed = try batch([event("hot", point: 0), event("comm:tank", point: nil)], anchor: anchor, in: source)
        source.add(alarmed)
        station.receiver.notify(alarmed)
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") { platform.batches.count == 1 && platform.alarms.count == 2 }
        let topics = platform.messages.map(\.topic).filter { $0.hasSuffix("/alarm") || $0.hasSuffix("/batch") }
        #expect(topics == ["dg/1/cj-hs-017/alarm", "dg/1/cj-hs-017/alarm", "dg/1/cj-hs-017/batch"])
        let first = try #require(platform.alarms.first)
        #expect(!first.isRetained && first.lane == "live")
        #expect(
            String(decoding: first.payload, as: UTF8.self)
                == #"{"id":"hot","episode":7,"state":"raised","severity":"critical","value":96,"time":1795231200000,"#
                + #""epoch":"\#(source.epoch.text)","sequence":1,"index":0}"#)
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aReceiverSeesTheAlarmsOfItsPointsOnly() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        let events = [
            event("hot", point: 0), event("level", point: 1), event("comm:tank", point: nil),
            event("comm:heat-meter", point: nil),
        ]
        source.add(try batch(events, anchor: anchor, in: source))
        let filter = PointFilter.patterns([.init(device: "tank", point: nil)])
        let station = Station(
            port: broker.port, source: source, renderer: TelemetryRenderer(profile: .batch, filter: filter))
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") { platform.batches.count == 1 && platform.alarms.count == 2 }
        let content = try BatchEnvelope.decode(try #require(platform.batches.first).payload).content()
        #expect(content.alarms.map(\.id) == ["level", "comm:tank"])
        let copies = platform.alarms.map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(copies[0].contains(#""id":"level""#) && copies[0].hasSuffix(#""index":0}"#))
        #expect(copies[1].contains(#""id":"comm:tank""#) && copies[1].hasSuffix(#""index":1}"#))
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func withoutAClockAnEventSaysTheTimeSinceBoot() throws {
        let source = MemorySource()
        let copies = try AlarmJSON.copies(of: try batch([event("hot", point: 0)], anchor: nil, in: source).bytes)
        let text = String(decoding: try #require(copies.first), as: UTF8.self)
        #expect(text.contains(#""boottime":100000,"boot":"000102030405060708090a0b0c0d0e0f","epoch""#))
    }

    /// As many as the window: each needs a place of its own, and the batch behind them one more.
    @Test func moreEventsThanTheWindowHoldsAreSentBitByBit() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        source.add(try batch((0..<50).map { event("a\($0)", point: 0) }, anchor: anchor, in: source))
        var limits = ReceiverLimits()
        limits.window = 4
        let station = Station(port: broker.port, source: source, limits: limits)
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") { platform.alarms.count == 50 }
        await station.receiver.stop(within: .seconds(5))
    }
}

extension BrokerSubscriber {
    fileprivate var alarms: [Message] { messages.filter { $0.topic.hasSuffix("/alarm") } }
}
