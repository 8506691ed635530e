import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

/// Everything at once, at random: faults, clock jumps, lost ports, refused points, learnt gaps, long diagnostics.
@Suite struct RandomLifeTests {
    private static func station(_ random: inout SeededGenerator) -> VirtualStation {
        var station = VirtualStation(baud: [2_400, 9_600, 115_200].randomElement(using: &random) ?? 9_600)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            var points: [VirtualStation.Point] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let seconds = [1, 2, 5, 7, 10, 60, 900].randomElement(using: &random) ?? 10
                points.append(
                    .init(
                        address: UInt16.random(in: 0...120, using: &random),
                        count: Int.random(in: 1...4, using: &random),
                        period: random.chance(0.2) ? .continuous : .every(.seconds(Int64(seconds))),
                        priority: PointPriority.allCases.randomElement(using: &random) ?? .normal))
            }
            station.addDevice(points, retries: Int.random(in: 0...2, using: &random), maxRegisters: 20)
        }
        return station
    }

    @Test func whateverHappensTheScheduleGoesOn() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("random life, seed \(seed)")
        for seed in seed..<seed + 10 {
            var random = SeededGenerator(seed: seed)
            let station = Self.station(&random)
            var bus = VirtualBus(station, seed: seed, start: Int64.random(in: 0...1_000_000_000_000, using: &random))
            for _ in 0..<60 {
                disturb(&bus, &random)
                let begin = bus.now
                let end = begin + .seconds(Int64.random(in: 1...20, using: &random))
                var steps = 0
                while bus.now < end, steps < 20_000 {
                    let before = bus.now
                    if let done = bus.step(until: end) { check(done, of: station, seed: seed) }
                    #expect(bus.now > before, "seed \(seed): time stands still")
                    steps += 1
                }
                #expect(steps < 20_000, "seed \(seed): the schedule spins")
            }
            heal(&bus)
            // Every silent device of eight is found within the stretched interval of its probes.
            bus.run(for: .seconds(300))
            let silent = station.devices.indices.filter { bus.schedule.standing(of: $0)?.isSilent == true }
            #expect(silent.allSatisfy { station.devices[$0].points.isEmpty }, "seed \(seed)")
            let before = bus.now
            bus.run(for: .seconds(900))
            everythingIsReadAgain(bus, since: before, seed: seed)
        }
    }

    private func disturb(_ bus: inout VirtualBus, _ random: inout SeededGenerator) {
        let devices = bus.station.devices.indices
        let device = devices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<9, using: &random) {
        case 0: bus.behaviours[device].dead = [bus.now..<bus.now + .seconds(Int64.random(in: 1...90, using: &random))]
        case 1: bus.behaviours[device].spoils = random.chance(0.3) ? 1 : Double.random(in: 0...0.5, using: &random)
        case 2: bus.behaviours[device].loses = Double.random(in: 0...0.5, using: &random)
        case 3: bus.behaviours[device].turnaround = 0...(.milliseconds(Int64.random(in: 1...600, using: &random)))
        case 4:
            bus.schedule.clockChanged(offset: Int64.random(in: -(1 << 60)...(1 << 60), using: &random), now: bus.now)
        case 5: bus.schedule.portReturned(now: bus.now)
        case 6:
            let begin = Int.random(in: 0...120, using: &random)
            bus.schedule.forbid(begin..<begin + 3, in: .holding, device: device)
        case 7: bus.schedule.exclude(Int.random(in: -1...40, using: &random))
        default: bus.schedule.include(Int.random(in: -1...40, using: &random), now: bus.now)
        }
    }

    private func heal(_ bus: inout VirtualBus) {
        for device in bus.behaviours.indices { bus.behaviours[device] = .init() }
        for point in bus.station.points { bus.schedule.include(point.index, now: bus.now) }
    }

    private func check(_ done: VirtualBus.Transaction, of station: VirtualStation, seed: UInt64) {
        let request = done.request.request
        let device = station.devices[done.request.device]
        #expect(!request.points.isEmpty && request.points.allSatisfy(device.points.contains), "seed \(seed)")
        #expect((1...20).contains(request.count), "seed \(seed)")
        for point in request.points {
            let span = PointSpan(station.points[point])
            #expect(request.addresses.clamped(to: span.addresses) == span.addresses, "seed \(seed)")
        }
        #expect(done.request.responseTimeout >= .milliseconds(50), "seed \(seed)")
    }

    /// Each point was read, or was said to have lost its turn; in the long run none goes without readings.
    private func everythingIsReadAgain(_ bus: VirtualBus, since: BootTime, seed: UInt64) {
        let reads = bus.reads(from: since)
        let skips = bus.skipped.filter { $0.time >= since }
        let forecast = {
            var schedule = bus.schedule; return schedule.forecast()
        }()
        for point in bus.station.points {
            guard case .every(let period) = point.period else {
                #expect(reads[point.index] > 0, "seed \(seed) \(point.id)")
                continue
            }
            let lost = skips.filter { $0.point == point.index }.count
            #expect(reads[point.index] + lost >= Int(.seconds(900) / period) - 1, "seed \(seed) \(point.id)")
            if forecast.totalLoad < 0.6 { #expect(lost == 0, "seed \(seed) \(point.id) \(forecast.load)") }
        }
    }
}
