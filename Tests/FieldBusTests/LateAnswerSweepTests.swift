import FieldBus
import GatewayModel
import Synchronization
import Testing

/// Nothing in an RTU answer says which address it belongs to, so this asks the same count of different addresses of a
/// meter that is late now and then, by delays around the response timeout and far beyond it.
@Suite(.serialized) struct LateAnswerSweepTests {
    private static let timeout: Nanoseconds = .milliseconds(60)
    private static let delays: [Int64] = [30, 52, 56, 58, 60, 62, 66, 75, 100, 119, 150, 240, 400, 700, 900]

    @Test func aLateAnswerNeverBecomesTheValueOfAnotherRequest() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for delay in Self.delays { group.addTask { try await Self.poll(delay: .milliseconds(delay)) } }
            try await group.waitForAll()
        }
    }

    private static func poll(delay: Nanoseconds) async throws {
        let count = Atomic(0)
        let meter = try PtyMeter(baud: 115_200) { request in
            let answer = request.answer { UInt16($0) &* 7 &+ UInt16(request.unit) }
            let number = count.wrappingAdd(request.unit == 7 ? 1 : 0, ordering: .relaxed).newValue
            let isLate = request.unit == 7 && number % 20 == 0
            return .after(isLate ? delay : .milliseconds(2), answer)
        }
        var station = TestStation(path: meter.path, baud: 115_200, timeout: timeout)
        for unit in [7, 8] as [UInt8] {
            station.add(
                unit: unit, maxRegisters: 1, retries: 1,
                points: (0..<8).map { .init(address: UInt16(100 * $0), period: .continuous) })
        }
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let enough = await eventually {
            worker.status.devices[0].counters.replies >= 60 && sink.readings.count > 600
        }
        await worker.stop()
        meter.stop()
        #expect(enough, "delay \(delay)")
        for reading in sink.readings where reading.quality == .good {
            let source = station.points[reading.point].source
            let unit: Int64 = reading.point < 8 ? 7 : 8
            #expect(reading.sample == .integer(Int64(source.register?.address ?? 0) * 7 + unit), "delay \(delay)")
        }
        let counters = worker.status.devices[0].counters
        if delay > timeout + .milliseconds(20) {
            #expect(counters.timeouts > 0, "delay \(delay)")
        }
        #expect(worker.status.devices[1].counters.timeouts <= counters.timeouts, "delay \(delay)")
    }

    @Test func anAnswerBehindSomebodyElsesSpoiledOne_isNotTakenForAnotherRequest() async throws {
        let count = Atomic(0)
        let meter = try PtyMeter(baud: 115_200) { request in
            let answer = request.answer { UInt16($0) }
            guard count.wrappingAdd(1, ordering: .relaxed).newValue % 5 == 0 else { return .now(answer) }
            // Another unit's answer with a wrong check sum; the true answer comes when it has been given up.
            let garbled: [UInt8] = [33, 3, 2, 0, 99, 1, 2]
            return [MeterReply(bytes: garbled), MeterReply(bytes: answer, delay: .milliseconds(45))]
        }
        var station = TestStation(path: meter.path, baud: 115_200, timeout: .milliseconds(400))
        station.add(
            unit: 7, maxRegisters: 1, points: (0..<6).map { .init(address: UInt16(100 * $0), period: .continuous) })
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { worker.status.devices[0].counters.checksumErrors >= 4 && sink.readings.count > 20 })
        await worker.stop()
        meter.stop()
        for reading in sink.readings where reading.quality == .good {
            #expect(reading.sample == .integer(Int64(station.points[reading.point].source.register?.address ?? 0)))
        }
    }
}
