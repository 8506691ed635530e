import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite(.timeLimit(.minutes(2)), .serialized)
struct DeliveryTests {
    @Test func everyBatchArrivesAndIsAcknowledged() async throws {
        let broker = try Broker()
        try broker.start()
        let platform = try BrokerSubscriber(port: broker.port, session: "platform")
        let station = Station(port: broker.port)
        for _ in 0..<300 { station.seal() }
        try await eventually("all acknowledged") { station.hasDelivered() }
        try await eventually("all arrived") {
            Set(platform.batches.map(\.payload)) == Set(station.source.all.map(\.bytes))
        }
        let status = station.receiver.status
        #expect(status.connected)
        #expect(status.problem == nil)
        #expect(station.source.largestGroup <= ReceiverLimits().acknowledgementGroup)
        #expect(await station.receiver.stop(within: .seconds(5)))
    }
}
