import BusPlanning
import GatewayModel
import Testing

@testable import FieldBus

/// The worked example of FieldBus/README.md: what stands there is what happens.
@Suite struct WorkedExampleTests {
    private static let start = BootTime(nanoseconds: 1_000_000_000_000)

    /// A line at 9600 8N1 with a heat meter (unit 1) and a pump (unit 6), each due every second.
    private func station() -> TestStation {
        var station = TestStation(path: "/dev/null", baud: 9_600, timeout: .milliseconds(500))
        station.add(
            unit: 1, turnaround: .milliseconds(8),
            points: [(0, 2), (2, 1), (4, 2)].map { .init(address: $0.0, count: $0.1, period: .every(.seconds(1))) })
        station.add(
            unit: 6, turnaround: .milliseconds(8), points: [.init(address: 0, count: 3, period: .every(.seconds(1)))])
        return station
    }

    private func milliseconds(_ time: Nanoseconds) -> Int64 { (time + 500_000) / 1_000_000 }

    @Test func oneSecondOfTheLine() {
        var bus = SimulatedBus(station()) { _, _ in .answers(after: .milliseconds(8)) }
        bus.run(seconds: 20)
        let second = bus.asked.suffix(2)
        #expect(second.map(\.request.unit) == [1, 6])
        #expect(second.first?.request == ReadRequest(unit: 1, function: 3, address: 0, count: 6))
        #expect(milliseconds(bus.busy[1, default: 0] / 20) == 38)
        #expect(milliseconds((bus.busy[1, default: 0] + bus.busy[6, default: 0]) / 20) == 69)
        let cost = LineCost(station().bus.connection)
        #expect(milliseconds(cost.time(characters: 5 + 12)) == 18 && milliseconds(cost.requestTime) == 8)
        #expect(cost.silence == 3_645_834 || milliseconds(10 * cost.silence) == 36)
    }

    @Test func thePumpLosesItsPower() throws {
        let off = Self.start + .seconds(300)
        var bus = SimulatedBus(station()) { request, now in
            request.unit == 6 && now >= off ? .silent : .answers(after: .milliseconds(8))
        }
        bus.run(seconds: 300)
        bus.forgetReadings()
        bus.run(seconds: 12)
        let verdict = try #require(VerdictJudge.judge(bus.busCase()).first)
        #expect(verdict.device == "device-6")
        #expect(verdict.summary == "it has stopped answering: dead or without power, or its tap is off")
        #expect(
            verdict.evidence == [
                "answered until 12 s ago", "5 requests in a row without an answer",
                "1 of the 1 other devices of the bus answer",
            ])
        bus.run(seconds: 121)
        // The first one with the adapted timeout, the two after it with the configured one.
        let failed = bus.readings.filter { $0.quality != .good }
        #expect(failed.map { milliseconds($0.time - off) } == [100, 1_550, 2_550])
        #expect(failed.allSatisfy { $0.quality == .noReply && $0.point == 3 })
        let asked = bus.asked.filter { $0.request.unit == 6 }.map(\.at)
        let apart = zip(asked, asked.dropFirst()).map { milliseconds($1 - $0) / 1_000 }
        #expect(apart == [1, 1, 3, 3, 4, 8, 16, 25, 25, 25])
        #expect(bus.readings.count { $0.point < 3 && $0.quality == .good } == 3 * 133, "the meter has lost nothing")
    }
}
