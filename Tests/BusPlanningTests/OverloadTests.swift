import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct OverloadTests {
    /// A bus of many one-register requests, each of about 46 ms at 9600 baud.
    private static func station(_ seed: UInt64, load: [PointPriority: Double]) -> VirtualStation {
        var random = SeededGenerator(seed: seed)
        var station = VirtualStation()
        for priority in PointPriority.allCases.shuffled(using: &random) {
            var left = load[priority] ?? 0
            while left > 0.002 {
                let seconds =
                    [2, 3, 5, 10, 20, 60].filter { $0 >= 5 || left > 0.05 }.randomElement(using: &random) ?? 60
                let most = max(1, Int(left * Double(seconds) / 0.046))
                let count = min(Int.random(in: 1...8, using: &random), most)
                let registers = Int.random(in: 1...6, using: &random)
                station.addSpreadDevice(count, every: .seconds(Int64(seconds)), priority, registers: registers)
                var alone = VirtualBus(stationOf(station, last: 1))
                left -= alone.schedule.forecast().totalLoad
            }
        }
        return station
    }

    private static func stationOf(_ station: VirtualStation, last: Int) -> VirtualStation {
        var part = VirtualStation()
        for device in station.devices.suffix(last) {
            part.addDevice(
                station.points[device.points].map {
                    .init(
                        address: $0.source.register?.address ?? 0, count: $0.source.register?.count ?? 1,
                        period: $0.period, priority: $0.priority)
                })
        }
        return part
    }

    @Test func everyInstanceIsEitherAskedForOrReported() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("conservation, seed \(seed)")
        for seed in seed..<seed + 12 {
            let load: [PointPriority: Double] = [.alarm: 0.3, .normal: 0.6, .slow: 0.5]
            var bus = VirtualBus(Self.station(seed, load: load), seed: seed)
            for device in bus.behaviours.indices {
                bus.behaviours[device].turnaround = .milliseconds(2)...(.milliseconds(60))
            }
            let end: Nanoseconds = .seconds(300)
            bus.run(for: end - 1)
            let reads = bus.reads()
            var skips = [Int](repeating: 0, count: reads.count)
            for skip in bus.skipped { skips[skip.point] += 1 }
            for point in bus.station.points {
                guard case .every(let period) = point.period else { continue }
                let instances = Int((end - 1) / period) + 1
                let seen = reads[point.index] + skips[point.index]
                // One more may still be pending.
                #expect(seen == instances || seen == instances - 1, "seed \(seed) \(point.id) \(point.priority)")
            }
        }
    }

    @Test func aBusThatIsNotOverloadedDropsNothing() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("no overload, seed \(seed)")
        for seed in seed..<seed + 20 {
            var random = SeededGenerator(seed: seed)
            let shares = [0.2, 0.25, 0.4].shuffled(using: &random)
            let load: [PointPriority: Double] = [.alarm: shares[0], .normal: shares[1], .slow: shares[2]]
            var bus = VirtualBus(Self.station(seed, load: load), seed: seed)
            bus.run(for: .seconds(300))
            let forecast = bus.schedule.forecast()
            #expect(forecast.totalLoad < 0.9)
            #expect(bus.schedule.overruns.isEmpty, "seed \(seed), load \(forecast.load)")
        }
    }

    @Test func lowerClassesGoFirstWhereAlarmsCanWaitAndTheyCannot() {
        // 60 alarm requests every 10 s take 2.8 s; a normal point every second would be dropped behind them.
        var station = VirtualStation()
        station.addSpreadDevice(60, every: .seconds(10), .alarm)
        station.addSpreadDevice(1, every: .seconds(1), .normal)
        var bus = VirtualBus(station)
        bus.run(for: .seconds(100))
        #expect(bus.schedule.overruns.isEmpty)
        #expect(bus.reads().last == 100)
    }

    @Test func anOverloadedBusNeverDropsAnAlarmAndKeepsFivePercentForEachClass() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("overload, seed \(seed)")
        for seed in seed..<seed + 15 {
            let load: [PointPriority: Double] = [.alarm: 0.6, .normal: 1.2, .slow: 0.8]
            var bus = VirtualBus(Self.station(seed, load: load), seed: seed)
            bus.run(for: .seconds(300))
            let all = Double(bus.schedule.busyTime)
            for priority in PointPriority.allCases {
                #expect(Double(bus.busy(priority)) / all > 0.049, "seed \(seed) \(priority)")
            }
            #expect(bus.schedule.overruns[.alarm] == nil, "seed \(seed)")
            #expect((bus.schedule.overruns[.normal] ?? 0) > 0, "seed \(seed)")
            #expect(Double(bus.idleTime) / 300e9 < 0.05, "seed \(seed)")
            // Alarms keep their rate, what is left over 5 % for slow goes to normal.
            #expect(Double(bus.busy(.slow)) / all < 0.08, "seed \(seed)")
        }
    }

    @Test func slowIsStretchedBeforeNormal() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("slow before normal, seed \(seed)")
        for seed in seed..<seed + 15 {
            let load: [PointPriority: Double] = [.alarm: 0.3, .normal: 0.45, .slow: 0.9]
            var bus = VirtualBus(Self.station(seed, load: load), seed: seed)
            bus.run(for: .seconds(300))
            #expect(bus.schedule.overruns[.alarm] == nil, "seed \(seed)")
            #expect(bus.schedule.overruns[.normal] == nil, "seed \(seed)")
            #expect((bus.schedule.overruns[.slow] ?? 0) > 0, "seed \(seed)")
            #expect(Double(bus.busy(.slow)) / 300e9 > 0.18, "seed \(seed)")
        }
    }

    @Test func alarmsThatFillTheBusLeaveFivePercentEach() {
        var station = VirtualStation()
        station.addSpreadDevice(50, every: .seconds(1), .alarm)
        station.addSpreadDevice(30, every: .seconds(1), .normal)
        station.addSpreadDevice(30, every: .seconds(1), .slow)
        station.addDevice([.init(address: 0, period: .continuous), .init(address: 300, period: .continuous)])
        var bus = VirtualBus(station)
        bus.run(for: .seconds(600))
        for priority in [PointPriority.normal, .slow] {
            let own = bus.log.filter { $0.request.priority == priority && $0.request.purpose == .due }
            let share = Double(own.reduce(0) { $0 + $1.busy }) / 600e9
            #expect(share > 0.049 && share < 0.06, "\(priority) \(share)")
        }
        let continuous = bus.log.filter { $0.request.purpose == .continuous }.reduce(0) { $0 + $1.busy }
        #expect(Double(continuous) / 600e9 > 0.049)
        #expect(Double(bus.busy(.alarm)) / 600e9 > 0.84)
    }

    @Test func inAnOverloadedClassAllPointsAreStretchedAlike() {
        var station = VirtualStation()
        for _ in 0..<6 { station.addSpreadDevice(10, every: .seconds(1)) }
        for _ in 0..<2 { station.addSpreadDevice(10, every: .seconds(7)) }
        var bus = VirtualBus(station)
        bus.run(for: .seconds(300))
        let reads = bus.reads()
        let fast = reads.prefix(60)
        let slow = reads.suffix(20)
        #expect((fast.max() ?? 0) - (fast.min() ?? 0) <= 5, "\(reads)")
        #expect((slow.max() ?? 0) - (slow.min() ?? 0) <= 5, "\(reads)")
        #expect((slow.min() ?? 0) > 15, "\(reads)")
    }

    @Test func aStretchedPointIsReportedOncePerLostTurn() {
        var station = VirtualStation()
        station.addSpreadDevice(40, every: .seconds(1), .slow)
        var bus = VirtualBus(station)
        bus.run(for: .seconds(100))
        // 40 requests of 39 ms need 1.6 s: of 4,000 instances about 2,550 are read.
        let lost = bus.skipped.count
        #expect(lost == bus.schedule.overruns[.slow])
        #expect(lost > 1_350 && lost < 1_550)
    }
}
