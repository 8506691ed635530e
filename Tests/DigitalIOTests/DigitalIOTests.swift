import DigitalIO
import GatewayModel
import GatewayTestSupport
import Logging
import Synchronization
import Testing

/// The thread around the loop.
@Suite struct DigitalIOTests {
    final class Sink: ReadingSink {
        let readings = Mutex<[Reading]>([])
        func accept(_ readings: [Reading]) { self.readings.withLock { $0 += readings } }
    }

    private func configuration() -> GatewayConfiguration {
        var configuration = GatewayConfiguration(
            gatewayID: "g", board: BoardDescription(name: "b"), buses: [], devices: [],
            points: [
                PointDefinition(index: 0, device: "io", id: "water", source: .board(.counter)),
                PointDefinition(index: 1, device: "io", id: "relay", source: .board(.output)),
            ], uplinks: [], hash: "")
        configuration.inputs = [
            InputConfiguration(id: "water", line: LineDescription(address: Bench.wire), isCounter: true, point: 0)
        ]
        configuration.outputs = [
            OutputConfiguration(id: "relay", line: LineDescription(address: Bench.relay), isOperable: true, point: 1)
        ]
        return configuration
    }

    private func eventually(_ what: String, _ condition: () -> Bool) async {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record("never: \(what)")
                return
            }
            await Task.yield()
        }
    }

    @Test func itCountsSwitchesAndStopsSafe() async {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (bank, sink) = (FakeBank(), Sink())
        let io = DigitalIO(configuration: configuration(), bank: bank, sink: sink, logger: logger)
        io.start()
        io.post(.totals([PulseTotal(id: "water", count: 40)]))
        await eventually("the counter knows its total") { io.counts.first?.count == 40 }
        bank.edge(Bench.wire, to: true, at: SystemTime().bootTime(), number: 1)
        // What is posted wakes the thread, as an edge does.
        io.post(.correct(id: "water", correction: 100))
        await eventually("the pulse is counted") { io.counts.first?.count == 41 }
        await eventually("the total is told") {
            sink.readings.withLock { $0.contains { $0.quality == .substituted && $0.sample == .integer(140) } }
        }
        #expect(io.set("relay", true, for: nil) == nil)
        await eventually("the status shows both") { io.status.map(\.value) == [141, 1] }
        await io.stop()
        #expect(bank.line(Bench.relay).driven.last == false)
        #expect(bank.line(Bench.wire).request == nil)
        #expect(io.set("relay", true, for: nil) != nil, "stopped")
    }

    @Test func withoutLinesThereIsNoThread() async {
        var none = configuration()
        (none.inputs, none.outputs) = ([], [])
        let io = DigitalIO(configuration: none, bank: FakeBank(), sink: Sink(), logger: Logger(label: "test"))
        io.start()
        #expect(!io.hasLines)
        #expect(io.set("relay", true, for: nil)?.contains("no output") == true)
        await io.stop()
    }
}
