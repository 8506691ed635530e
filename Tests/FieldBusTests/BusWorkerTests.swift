import FieldBus
import GatewayModel
import Synchronization
import Testing

@Suite(.serialized) struct BusWorkerTests {
    @Test func aDeviceIsPolledAtItsPeriod() async throws {
        let meter = try PtyMeter(baud: 19_200) { .after(.milliseconds(3), $0.answer { UInt16($0) * 10 }) }
        var station = TestStation(path: meter.path, baud: 19_200)
        station.add(unit: 5, points: [.init(address: 1), .init(address: 3), .init(table: .input, address: 7)])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 30 })
        await worker.stop()
        meter.stop()
        let readings = sink.readings
        #expect(readings.allSatisfy { $0.quality == .good })
        #expect(Set(readings.map(\.sample)) == [.integer(10), .integer(30), .integer(70)])
        // After the first, on multiples of 100 ms of CLOCK_BOOTTIME; the bus needs some 20 ms for both requests.
        let phases = sink.readings(of: 0).dropFirst().map { $0.time.milliseconds % 100 }
        #expect(phases.allSatisfy { $0 < 60 }, "\(phases)")
        // Points of one request share the time of its answer's last byte.
        #expect(sink.transactions.allSatisfy { Set($0.map(\.time)).count == 1 })
        #expect(worker.status.state == .stopped)
        #expect(worker.status.devices[0].counters.replies == worker.status.requests)
    }

    @Test func dueTimesFollowTheClockOnceItIsTrusted() async throws {
        let meter = try PtyMeter { .now($0.answer { UInt16($0) }) }
        var station = TestStation(path: meter.path, baud: 115_200)
        station.add(unit: 5, points: [.init(address: 1, period: .every(.milliseconds(200)))])
        let offset = Atomic(Int64(0))
        let sink = CollectingSink()
        let worker = station.worker(sink) { offset.load(ordering: .relaxed) }
        worker.start()
        #expect(await sink.wait { $0.count >= 4 })
        let before = sink.readings.count
        let trusted: Nanoseconds = .seconds(1_700_000_000) + .milliseconds(100)
        offset.store(trusted, ordering: .relaxed)
        #expect(await sink.wait { $0.count >= before + 8 })
        await worker.stop()
        meter.stop()
        let phases = sink.readings.map { $0.time.milliseconds % 200 }
        #expect(phases[1..<4].contains { $0 < 60 }, "\(phases)")
        #expect(phases.suffix(5).contains { (100..<160).contains($0) }, "\(phases)")
        #expect(!phases.suffix(5).contains { $0 < 60 }, "\(phases)")
    }

    @Test func progressIsSeenWhileNothingIsDue() async throws {
        let meter = try PtyMeter { .now($0.answer { UInt16($0) }) }
        var station = TestStation(path: meter.path, baud: 115_200)
        station.add(unit: 5, points: [.init(address: 1, period: .every(.seconds(3_600)))])
        let worker = station.worker(CollectingSink())
        worker.start()
        #expect(await eventually { worker.status.requests == 1 })
        let before = worker.lastProgress
        #expect(await eventually { worker.lastProgress > before })
        await worker.stop()
        meter.stop()
    }

    @Test func aWorkerThatWasNeverStartedStops() async throws {
        let worker = TestStation(path: "/dev/null").worker(CollectingSink())
        await worker.stop()
        worker.start()
        #expect(worker.status.state == .stopped)
    }
}
