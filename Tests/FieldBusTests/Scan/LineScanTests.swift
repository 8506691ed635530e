import GatewayModel
import Testing

@testable import FieldBus

/// Searches on real lines.
@Suite(.serialized) struct LineScanTests {
    /// Units 3 (quick), 40 (250 ms) and 41 (exception); on the line at 9600.
    private func meters() throws -> PtyMeter {
        try PtyMeter(baud: 9_600) { request in
            switch request.unit {
            case 3: .after(.milliseconds(10), request.answer { UInt16($0) })
            case 40: .after(.milliseconds(250), request.answer { UInt16($0) })
            case 41: .after(.milliseconds(5), request.exception(2))
            default: []
            }
        }
    }

    @Test func aFreePortIsSearched_alsoForADeviceThatTakes250Milliseconds() async throws {
        let meter = try meters()
        let path = meter.path
        let plan = try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: the tool blocks.
            PortThread.run {
                do {
                    let tool = try PortTool(path: path, format: SerialFormat())
                    var plan = ScanPlan(formats: [SerialFormat()], addresses: 1...48, protocols: [.modbus])
                    _ = try tool.scan(&plan) { _ in }
                    continuation.resume(returning: plan)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        meter.stop()
        #expect(Set(plan.findings.map(\.identity)) == [.modbus(unit: 3), .modbus(unit: 40), .modbus(unit: 41)])
        #expect(plan.findings.count == 3, "one result of both passes")
        #expect(meter.requests.allSatisfy { $0.function == 3 && $0.count == 1 }, "read-only")
    }

    @Test func aRunningBusIsSearchedInItsGapsWhilePollingGoesOn() async throws {
        let meter = try meters()
        var station = TestStation(path: meter.path)
        station.add(unit: 3, points: [.init(address: 1, period: .every(.milliseconds(500)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 3 })
        worker.search(ScanPlan(formats: [SerialFormat()], addresses: 1...48, protocols: [.modbus], known: [3]))
        #expect(await eventually(seconds: 60) { worker.status.scan?.isOver ?? false })
        await worker.stop()
        meter.stop()
        let found = Set(worker.status.scan?.findings.map(\.identity) ?? [])
        #expect(found == [.modbus(unit: 40), .modbus(unit: 41)])
        let bad = sink.readings.filter { $0.quality != .good }
        #expect(bad.isEmpty, "\(bad)")
    }
}

/// A thread that may block.
enum PortThread {
    static func run(_ body: @escaping @Sendable () -> Void) { Task.detached(priority: .high) { body() } }
}
