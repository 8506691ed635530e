import DigitalIO
import Foundation
import GatewayModel
import GatewayTestSupport
import Logging
import Storage
import Testing
import Uplink

@testable import GatewayAgent

/// The whole agent with a real store and a real broker, and a power-fail line whose edges a test makes.
@Suite(.serialized) struct PowerFailTests {
    private static let supply = LineAddress.offset(chip: "fake", line: 7)
    private static let wire = LineAddress.offset(chip: "fake", line: 1)

    private static func configuration(port: UInt16) -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            gatewayID: "g",
            board: BoardDescription(
                name: "b", hasBatteryClock: true, powerFail: LineDescription(address: supply)),
            buses: [], devices: [],
            points: [PointDefinition(index: 0, device: "io", id: "wire", source: .board(.input), kind: .state)],
            store: StoreConfiguration(seal: .seconds(3_600)),
            uplinks: [
                UplinkConfiguration(
                    id: "city", profile: .batch, mqtt: MQTTConfiguration(host: "127.0.0.1", port: port))
            ], hash: "0")
        configuration.inputs = [InputConfiguration(id: "wire", line: LineDescription(address: wire), point: 0)]
        return configuration
    }

    /// `DG_EDGES`: how many; `DG_TIMING=1`: they have to be in time too, which takes a machine that does nothing else.
    @Test func whatWasReadIsStoredAndSentBeforeTheCapacitorsAreEmpty() async throws {
        let environment = ProcessInfo.processInfo.environment
        let edges = Int(environment["DG_EDGES"] ?? "") ?? 2
        let broker = try Broker()
        try broker.start()
        let subscriber = try BrokerSubscriber(port: broker.port)
        let (bank, time) = (FakeBank(), SystemTime())
        let directory = broker.path("state")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let agent = GatewayAgent(
            configuration: Self.configuration(port: broker.port), stateDirectory: directory,
            claim: StateDirectoryClaim(directory), socketPath: broker.path("shell.sock"), logger: logger, lines: bank,
            manager: nil)
        await agent.start()
        let receivers = await agent.receivers
        let receiver = try #require(receivers.first)
        let io = await agent.io
        try await eventually("the receiver is connected") { receiver.status.connected }
        var (spans, commits): ([Double], [Double]) = ([], [])
        // More than 50 changes within a second would be told as one.
        let first = time.bootTime() - .seconds(Int64(2 * edges + 2))
        for edge in 1...edges {
            bank.edge(Self.wire, to: edge % 2 == 1, at: first + .seconds(Int64(2 * edge)))
            try await eventually("the wire's change is read") { io.status.first?.edges == Int64(edge) }
            let before = receiver.status.acknowledged
            let begin = time.bootTime()
            // The line is told once a second at most, by its edges' own times.
            bank.edge(Self.supply, to: true, at: begin + .seconds(Int64(3 * edge)))
            // Acknowledged is later than stored and in the socket, so that the figure is an upper bound.
            try await eventually("what was read is acknowledged, an hour before its time") {
                receiver.status.acknowledged > before
            }
            spans.append(Double(time.bootTime() - begin) / 1e6)
            commits.append(Double(await agent.path.outbox.status.lastCommit) / 1e6)
            bank.edge(Self.supply, to: false, at: begin + .seconds(Int64(3 * edge + 1)))
        }
        await agent.stop()
        subscriber.end()
        broker.stop()
        spans.sort()
        commits.sort()
        func text(_ values: [Double]) -> String {
            String(format: "median %.1f, worst %.1f ms", values[values.count / 2], values[values.count - 1])
        }
        print("power-fail: \(edges) edges, edge to PUBACK: \(text(spans)); of it the commit: \(text(commits))")
        if environment["DG_TIMING"] == "1" { #expect((spans.last ?? 1_000) <= 50) }
    }

    private func eventually(_ what: String, _ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("never: \(what)")
                throw CancellationError()
            }
            try await Task.sleep(for: .microseconds(200))
        }
    }
}
