import BusPlanning
import GatewayModel
import Testing

@Suite struct ClockChangeTests {
    /// Jumps that a clock makes when it becomes trusted, or is corrected.
    private static let jumps: [Nanoseconds] = [
        1_795_231_200_123_456_789, -86_400_000_000_000, 3_000_000, -3_000_000, .seconds(10), -.seconds(10),
        4_999_999_999,
    ]

    @Test(arguments: jumps)
    func aJumpCausesNeitherABurstNorAHole(jump: Nanoseconds) {
        for start in stride(from: Int64(0), to: 12, by: 1) {
            var station = VirtualStation()
            station.addSpreadDevice(3, every: .seconds(5))
            station.addSpreadDevice(3, every: .seconds(60), .slow)
            station.addSpreadDevice(1, every: .milliseconds(500), .alarm)
            var bus = VirtualBus(station, start: .seconds(1_000) + 17)
            bus.run(for: .seconds(120) + .milliseconds(start * 450))
            let change = bus.now
            bus.schedule.clockChanged(offset: jump, now: change)
            bus.run(for: .seconds(300))
            #expect(bus.schedule.overruns.isEmpty && bus.skipped.isEmpty)
            for point in station.points {
                guard case .every(let period) = point.period else { continue }
                let times = bus.answered().filter { $0.request.request.points.contains(point.index) }.map(\.begin)
                let gaps = zip(times.dropFirst(), times).map(-)
                let after = times.filter { $0 >= change }
                // The first on the new time line within one period, the last of the old one at most one before.
                #expect((gaps.max() ?? 0) < 2 * period + .seconds(1))
                #expect((after.first ?? change + .seconds(999)) - change < period + .seconds(1))
                #expect(after.count <= Int(.seconds(300) / period) + 2)
                #expect(after.count >= Int(.seconds(300) / period) - 1)
                // Never three within one period.
                #expect(zip(times.dropFirst(2), times).allSatisfy { $0 - $1 > period - .seconds(1) })
            }
            let late = bus.log.filter { $0.request.due > change }
            #expect(late.allSatisfy { ($0.request.due.nanoseconds + jump) % 500_000_000 == 0 })
        }
    }

    @Test func whatIsPendingSurvivesAJump() {
        var station = VirtualStation()
        station.addSpreadDevice(20, every: .seconds(3_600), .slow)
        var bus = VirtualBus(station)
        bus.run(for: .milliseconds(200))
        bus.schedule.clockChanged(offset: 1_795_231_200_000_000_000, now: bus.now)
        bus.run(for: .seconds(2))
        #expect(bus.reads() == Array(repeating: 1, count: 20))
    }

    @Test func timesBeforeTheEpochAreMultiplesToo() {
        var station = VirtualStation()
        station.addSpreadDevice(1, every: .seconds(7))
        var bus = VirtualBus(station, offset: -.seconds(1_000_000) - 1)
        bus.run(for: .seconds(700))
        #expect(bus.reads() == [101])
        #expect(
            bus.log.dropFirst().allSatisfy { ($0.request.due.nanoseconds - .seconds(1_000_000) - 1) % .seconds(7) == 0 }
        )
    }
}
