import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import Uplink

/// Profiles `json` and filtered `batch`, with real batches.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct ProfileTests {
    private let dictionary = PointDictionary(
        gateway: Station.gateway,
        points: ["t1_supply", "t1_return", "level"].enumerated().map { index, id in
            PointDefinition(
                index: index, device: index < 2 ? "heat-meter" : "tank", id: id, unit: "°C",
                source: .register(table: .holding, address: UInt16(index), type: .int16, count: 1),
                scaling: .linear(scale: DecimalNumber(significand: 1, exponent: -1), offset: .zero))
        })
    private let boot = BootID(bytes: Array(0..<16))
    private let anchor = WallAnchor(
        bootTime: BootTime(nanoseconds: .seconds(100)), realTime: .seconds(1_795_231_200), error: 0)

    /// One batch with one reading of each point named.
    private func batch(_ points: [PointIndex], in source: MemorySource) throws -> StoredBatch {
        let time = BootTime(nanoseconds: .seconds(100))
        let content = BatchContent(
            readings: points.map { Reading(point: $0, time: time, quality: .good, sample: .integer(713)) })
        let sealed = SealedBatch(
            content, at: time, boot: try #require(boot), anchor: anchor, dictionary: dictionary.id)
        let key = BatchKey(epoch: source.epoch, sequence: UInt64(source.keys.count + 1))
        return sealed.stored(as: key)
    }

    private func filter(_ device: String, _ point: String?) -> PointFilter {
        .patterns([PointFilter.Pattern(device: device, point: point)])
    }

    @Test func jsonIsWhatTelemetryWritesAndDuplicatesAreTheSameBytes() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        for _ in 0..<3 { source.add(try batch([0, 2], in: source)) }
        let station = Station(port: broker.port, source: source, profile: .json)
        try await eventually("delivered") { station.hasDelivered() }
        try await eventually("arrived") { platform.batches.count == 3 }
        let first = try #require(platform.batches.first { $0.payload.count > 0 })
        let text = String(decoding: first.payload, as: UTF8.self)
        #expect(
            text.contains(#""readings":[{"device":"heat-meter","point":"t1_supply","time":1795231200000,"value":71.3"#))
        let retained = platform.messages.first { $0.topic.hasSuffix("/meta/\(dictionary.id.hexadecimal)") }
        #expect(retained?.payload == dictionary.json)
        // The same batches to a receiver that begins anew: byte for byte the same.
        let again = Station(port: broker.port, source: source, index: 1, profile: .json) { $0.clientID = "again" }
        try await eventually("delivered again") { again.hasDelivered(1) }
        try await eventually("arrived again") { platform.batches.count == 6 }
        #expect(Set(platform.batches.map(\.payload)).count == 3)
        await station.receiver.stop(within: .seconds(5))
        await again.receiver.stop(within: .seconds(5))
    }

    @Test(arguments: [PayloadProfile.json, .batch])
    func aReceiverSeesItsPointsOnlyAndBatchesWithoutThemAreDoneWithoutSending(profile: PayloadProfile) async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        for points in [[0, 2], [0, 1], [2], [1]] { source.add(try batch(points, in: source)) }
        let station = Station(
            port: broker.port, source: source, profile: profile,
            renderer: TelemetryRenderer(profile: profile, filter: filter("tank", nil)))
        try await eventually("all are done") { station.hasDelivered() }
        try await eventually("two arrive") { platform.batches.count == 2 }
        #expect(station.receiver.status.skipped == 2)
        #expect(station.receiver.status.sent == 2)
        if profile == .batch {
            for message in platform.batches {
                let content = try BatchEnvelope.decode(message.payload).content()
                #expect(content.readings.map(\.point) == [2])
            }
        } else {
            for message in platform.batches {
                let text = String(decoding: message.payload, as: UTF8.self)
                #expect(text.contains(#""point":"level""#) && !text.contains("heat-meter"))
            }
        }
        await station.receiver.stop(within: .seconds(5))
    }

    @Test func aBatchThatCannotBeReadHoldsUpNoOther() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port)
        let source = MemorySource(dictionaries: [dictionary.id: dictionary.json])
        source.add(try batch([0], in: source))
        source.add(dictionary: dictionary.id)
        source.add(try batch([1], in: source))
        let station = Station(port: broker.port, source: source, profile: .json)
        try await eventually("the others are done") { source.acknowledged(by: 0).map(\.sequence).sorted() == [1, 3] }
        #expect(station.receiver.status.putAside == 1)
        try await eventually("two arrive") { platform.batches.count == 2 }
        await station.receiver.stop(within: .seconds(5))
    }
}
