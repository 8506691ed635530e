import GatewayModel
import Testing

@testable import FieldBus

/// Invariant 5, in simulated time: what dead and babbling devices cost the others, and when they are found again.
@Suite struct DeadDeviceTests {
    private static func station(devices: Int, period: SamplingPeriod, timeout: Nanoseconds = .milliseconds(500))
        -> TestStation
    {
        var station = TestStation(path: "/dev/null", baud: 9_600, timeout: timeout)
        for unit in 1...UInt8(devices) {
            station.add(
                unit: unit, turnaround: .milliseconds(20),
                points: (0..<10).map { .init(address: UInt16($0 * 3), period: period) })
        }
        return station
    }

    @Test(arguments: [(1, true), (3, false), (6, true)])
    func allDeadDevicesTogetherCostAtMostTwoPercent(dead: Int, babbling: Bool) {
        let station = Self.station(devices: 12, period: .continuous)
        let failure = BootTime(nanoseconds: 1_000_000_000_000) + .seconds(60)
        var bus = SimulatedBus(station) { request, now in
            guard now >= failure, request.unit <= dead else { return .answers(after: .milliseconds(20)) }
            return babbling ? .spoils : .silent
        }
        bus.run(seconds: 60 + 40)
        bus.forgetReadings()
        bus.run(seconds: 200)
        let wasted = (1...UInt8(dead)).reduce(0) { $0 + (bus.busy[$1] ?? 0) }
        #expect(Double(wasted) / 200e9 <= 0.02, "\(wasted) ns")
        #expect(wasted > 0, "they are still looked for")
    }

    @Test(arguments: [1, 6]) func aDeviceThatComesBackIsFoundWithinThirtySeconds(dead: Int) {
        let station = Self.station(devices: 12, period: .every(.seconds(5)))
        let start = BootTime(nanoseconds: 1_000_000_000_000)
        let failure = start + .seconds(60)
        let recovery = start + .seconds(300)
        var bus = SimulatedBus(station) { request, now in
            let isDead = now >= failure && now < recovery && request.unit <= dead
            return isDead ? .silent : .answers(after: .milliseconds(20))
        }
        bus.run(seconds: 300)
        bus.forgetReadings()
        bus.run(seconds: 31)
        for device in 0..<dead {
            let good = bus.readings.first { station.devices[device].points.contains($0.point) && $0.quality == .good }
            #expect(good.map { $0.time - recovery < .seconds(30) } == true, "device \(device)")
        }
    }

    @Test func whileADeviceIsDead_theOthersKeepTheirRate() {
        let station = Self.station(devices: 6, period: .every(.seconds(2)))
        let failure = BootTime(nanoseconds: 1_000_000_000_000) + .seconds(60)
        var bus = SimulatedBus(station) { request, now in
            now >= failure && request.unit == 1 ? .silent : .answers(after: .milliseconds(20))
        }
        bus.run(seconds: 120)
        bus.forgetReadings()
        bus.run(seconds: 100)
        let healthy = bus.readings.filter { $0.point >= 10 }
        #expect(healthy.allSatisfy { $0.quality == .good })
        #expect(healthy.count == 50 * 50)
        #expect(!bus.readings.contains { $0.point < 10 })
    }

    @Test func theFirstFailuresAreTold_oncePerPoint() {
        let station = Self.station(devices: 2, period: .every(.seconds(2)))
        var bus = SimulatedBus(station) { request, _ in request.unit == 1 ? .silent : .answers(after: 0) }
        bus.run(seconds: 60)
        let told = bus.readings.filter { $0.point < 10 }
        #expect(Set(told.map(\.point)) == Set(0..<10))
        #expect(told.allSatisfy { $0.quality == .noReply && $0.sample == nil })
        #expect(told.count <= 40)
    }
}
