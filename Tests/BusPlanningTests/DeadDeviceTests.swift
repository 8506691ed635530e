import BusPlanning
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct DeadDeviceTests {
    private static let forever = BootTime(nanoseconds: 0)..<BootTime(nanoseconds: .max)

    private static func time(_ seconds: Int64) -> BootTime { BootTime(nanoseconds: .seconds(seconds)) }

    /// Bus time spent on devices that were known to be silent, as a share of the time since `begin`.
    private func wasted(_ bus: VirtualBus, from begin: BootTime) -> Double {
        let probes = bus.log.filter { $0.request.purpose == .probe && $0.begin >= begin }
        return Double(probes.reduce(0) { $0 + $1.busy }) / Double(bus.now - begin)
    }

    @Test func threeTimeoutsMakeADeviceSilentAndItIsOnlyProbed() {
        var station = VirtualStation()
        station.addSpreadDevice(2, every: .seconds(5))
        station.addSpreadDevice(2, every: .seconds(5))
        var bus = VirtualBus(station)
        bus.behaviours[0].dead = [Self.time(12)..<Self.time(10_000)]
        bus.run(for: .seconds(120))
        let asked = bus.log.filter { $0.request.device == 0 && $0.begin > Self.time(12) }
        #expect(asked.prefix(3).allSatisfy { $0.request.purpose == .due && $0.outcome == .noReply })
        #expect(asked.dropFirst(3).allSatisfy { $0.request.purpose == .probe })
        #expect(asked.dropFirst(2).first?.aftermath.change == .fellSilent(points: [0, 1]))
        #expect(asked.dropFirst(3).allSatisfy { $0.request.responseTimeout == .milliseconds(50) })
        #expect(bus.reads().suffix(2) == [24, 24])
        #expect(bus.skipped.isEmpty && bus.schedule.overruns.isEmpty)
        #expect(bus.schedule.standing(of: 0)?.isSilent == true)
        #expect(bus.schedule.standing(of: 0)?.probeInterval == DeviceAvailability.probeInterval)
        #expect(bus.schedule.standing(of: 1)?.isSilent == false)
    }

    @Test func aProbeIsTheCheapestRequestAndWaitsForTheMeasuredTurnaround() {
        var station = VirtualStation()
        station.addDevice([.init(address: 0, count: 40), .init(address: 300, count: 2)])
        var bus = VirtualBus(station)
        bus.behaviours[0].turnaround = .milliseconds(90)...(.milliseconds(110))
        bus.behaviours[0].dead = [Self.time(600)..<Self.time(10_000)]
        bus.run(for: .seconds(700))
        let probes = bus.log.filter { $0.request.purpose == .probe }
        #expect(!probes.isEmpty)
        for probe in probes {
            #expect(probe.request.request.count == 2)
            #expect(probe.request.responseTimeout >= .milliseconds(125))
            #expect(probe.request.responseTimeout <= .milliseconds(145))
        }
    }

    @Test func aDeviceThatComesBackIsFoundWithinThirtySecondsAndReadAtOnce() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("coming back, seed \(seed)")
        for seed in seed..<seed + 12 {
            var random = SeededGenerator(seed: seed)
            var station = VirtualStation.twelveMeters(random.chance(0.5) ? .continuous : .every(.seconds(10)))
            station.addSpreadDevice(3, every: .seconds(900), .slow)
            var bus = VirtualBus(station, seed: seed)
            var back: [BootTime] = []
            for device in 0..<4 {
                let from = Self.time(Int64.random(in: 30..<60, using: &random))
                back.append(from + .seconds(Int64.random(in: 20..<400, using: &random)))
                bus.behaviours[device].dead = [from..<back[device]]
            }
            bus.run(for: .seconds(600))
            for device in 0..<4 {
                let first = bus.answered(from: back[device]).first { $0.request.device == device }
                let wait = (first?.end ?? Self.time(9_999)) - back[device]
                #expect(wait <= .seconds(30), "seed \(seed) device \(device)")
            }
        }
    }

    @Test func aFailedRequestOfAnHourlyPointIsTriedAgainBeforeTheHourIsOver() {
        var station = VirtualStation()
        station.addSpreadDevice(1, every: .seconds(3_600))
        station.addDevice([.init(address: 0), .init(address: 1, count: 60, period: .every(.seconds(3_600)))])
        var bus = VirtualBus(station)
        bus.behaviours[0].dead = [Self.time(0)..<Self.time(8)]
        bus.behaviours[1].longestRead = 10
        bus.run(for: .seconds(3_500))
        #expect(bus.reads().first == 1)
        #expect((bus.answered().first { $0.request.device == 0 }?.end ?? Self.time(9_999)) < Self.time(12))
        // It never succeeds: three more tries, then it waits for its hour.
        #expect(bus.log.filter { $0.request.device == 1 && $0.request.request.count > 10 }.count == 4)
        #expect(bus.schedule.standing(of: 1)?.isSilent == false)
    }

    @Test func theReturnMakesAllPointsDueAtOnce() {
        var station = VirtualStation()
        station.addSpreadDevice(2, every: .seconds(3_600))
        station.addSpreadDevice(1, every: .seconds(5))
        var bus = VirtualBus(station)
        bus.behaviours[0].dead = [Self.time(0)..<Self.time(200)]
        bus.run(for: .seconds(240))
        #expect(bus.reads().prefix(2) == [1, 1])
        let change = bus.log.first { $0.aftermath.change == .cameBack }
        let reads = bus.answered().filter { $0.request.device == 0 }
        #expect(reads.allSatisfy { $0.begin - (change?.end ?? Self.time(0)) < .milliseconds(200) })
    }

    @Test func allSilentDevicesTogetherCostAtMostTwoPercent() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("2 %, seed \(seed)")
        for seed in seed..<seed + 6 {
            var random = SeededGenerator(seed: seed)
            let isContinuous = random.chance(0.5)
            let station = VirtualStation.twelveMeters(isContinuous ? .continuous : .every(.seconds(5)))
            var bus = VirtualBus(station, seed: seed)
            for device in 0..<12 where random.chance(0.6) {
                // Never there, or gone after a while.
                let from = random.chance(0.5) ? Int64(0) : Int64.random(in: 1..<100, using: &random)
                bus.behaviours[device].dead = [Self.time(from)..<Self.time(100_000)]
            }
            bus.run(for: .seconds(200))
            let known = bus.now
            bus.run(for: .seconds(1_800))
            #expect(wasted(bus, from: known) <= 0.0205, "seed \(seed)")
            let others = bus.log.filter { !$0.isAnswered && $0.request.purpose != .probe && $0.begin >= known }
            #expect(others.isEmpty, "seed \(seed)")
        }
    }

    @Test func devicesThatNeverAnsweredDoNotDelayFindingOneThatDid() {
        var station = VirtualStation()
        for _ in 0..<9 { station.addSpreadDevice(2, every: .seconds(5)) }
        var bus = VirtualBus(station)
        for device in 0..<6 { bus.behaviours[device].dead = [Self.forever] }
        bus.behaviours[6].dead = [Self.time(300)..<Self.time(700)]
        bus.run(for: .seconds(650))
        #expect(bus.schedule.standing(of: 6)?.probeInterval == .seconds(25))
        // Six probes of 512 ms in what 2 % leave beside the other: every 176 s or so, and it is said.
        let interval = bus.schedule.standing(of: 0)?.probeInterval ?? 0
        #expect(interval > .seconds(150) && interval < .seconds(220))
        bus.run(for: .seconds(2_000))
        let found = bus.answered(from: Self.time(700)).first { $0.request.device == 6 }
        #expect((found?.end ?? Self.time(9_999)) - Self.time(700) <= .seconds(30))
        for device in 0..<6 {
            let probes = bus.log.filter { $0.request.device == device && $0.request.purpose == .probe }
            #expect(probes.count >= 2_650 / 250)
        }
    }

    @Test func twoDeadAndOneSpoilingDeviceLeaveTheHealthyOnesTheirRate() {
        for isContinuous in [true, false] {
            let station = VirtualStation.twelveMeters(isContinuous ? .continuous : .every(.seconds(4)))
            var ideal = VirtualBus(station)
            var sick = VirtualBus(station, seed: 5)
            for device in [2, 7] {
                ideal.behaviours[device].dead = [Self.forever]
                sick.behaviours[device].dead = [Self.time(60)..<Self.time(100_000)]
            }
            sick.behaviours[4].spoils = 0.2
            // What the ten others reach if nobody asks for the two dead ones at all.
            for device in [2, 7] { for point in station.devices[device].points { ideal.schedule.exclude(point) } }
            ideal.run(for: .seconds(60))
            sick.run(for: .seconds(60))
            ideal.run(for: .seconds(600))
            sick.run(for: .seconds(600))
            func healthy(_ bus: VirtualBus) -> Int {
                let reads = bus.reads(from: Self.time(60))
                return [0, 1, 3, 5, 6, 8, 9, 10, 11].reduce(0) {
                    $0 + station.devices[$1].points.reduce(0) { $0 + reads[$1] }
                }
            }
            let share = Double(healthy(sick)) / Double(healthy(ideal))
            print("sick bus, continuous \(isContinuous): healthy devices keep \(share)")
            #expect(share >= 0.95)
            // The spoiling device is never taken for silent.
            #expect(sick.schedule.standing(of: 4)?.isSilent == false)
            #expect(!sick.log.contains { $0.request.device == 4 && $0.request.purpose == .probe })
        }
    }

    @Test func aDeviceThatAnswersProbesOnlyCostsNoMoreThanADeadOne() {
        var station = VirtualStation()
        station.addDevice([.init(address: 0), .init(address: 1, count: 60)])
        station.addSpreadDevice(4, every: .seconds(5))
        var bus = VirtualBus(station)
        bus.behaviours[0].longestRead = 10
        bus.run(for: .seconds(120))
        let begin = bus.now
        bus.run(for: .seconds(3_600))
        let lost = bus.log.filter { $0.request.device == 0 && $0.begin >= begin }.reduce(0) { $0 + $1.busy }
        #expect(Double(lost) / 3_600e9 < 0.0205)
        #expect(bus.schedule.overruns.isEmpty)
    }

    @Test func aBabblerIsSilencedToo() {
        var station = VirtualStation()
        station.addSpreadDevice(2, every: .seconds(5))
        station.addSpreadDevice(2, every: .seconds(5))
        var bus = VirtualBus(station)
        bus.behaviours[0].spoils = 1
        bus.run(for: .seconds(600))
        #expect(bus.schedule.standing(of: 0)?.isSilent == true)
        let normal = bus.log.filter { $0.request.device == 0 && $0.request.purpose != .probe }
        #expect(normal.count == DeviceAvailability.failureLimit)
    }

    @Test func atTheStartEveryDeviceGetsItsTryBeforeADeadOneGetsItsSecond() {
        var station = VirtualStation()
        for _ in 0..<6 { station.addSpreadDevice(3, every: .seconds(60)) }
        var bus = VirtualBus(station)
        bus.behaviours[0].dead = [Self.forever]
        bus.behaviours[1].dead = [Self.forever]
        bus.run(for: .seconds(10))
        let devices = bus.log.map(\.request.device)
        #expect(devices.prefix(14) == [0, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5])
        #expect(devices.dropFirst(14).sorted() == [0, 0, 1, 1])
    }

    @Test func retriesAreAskedForAtOnceAndOnlyWhileTheDeviceIsThere() {
        var station = VirtualStation()
        station.addDevice([.init(address: 0, period: .every(.seconds(1)))], retries: 1)
        var bus = VirtualBus(station, seed: 11)
        bus.behaviours[0].loses = 0.05
        bus.run(for: .seconds(2_000))
        let failures = bus.log.filter { !$0.isAnswered && $0.request.attempt == 1 && $0.request.purpose == .due }
        #expect(failures.count > 60)
        #expect(failures.filter { !$0.aftermath.retry }.count < failures.count / 5)
        #expect((bus.reads().first ?? 0) > 1_950)
        bus.behaviours[0].dead = [bus.now..<Self.time(100_000)]
        let from = bus.now
        bus.run(for: .seconds(100))
        let tries = bus.log.filter { $0.begin >= from && $0.request.purpose == .due }
        #expect(tries.count <= 3)
    }

    @Test func aLostPortSaysNothingAboutTheDevices() {
        var station = VirtualStation()
        station.addSpreadDevice(1, every: .seconds(1))
        var schedule = BusSchedule(
            bus: station.bus, devices: station.devices, points: station.points, now: Self.time(0))
        for second in Int64(0)..<20 {
            guard case .ask(let request) = schedule.next(now: Self.time(second)).action else {
                Issue.record("nothing was asked at \(second) s")
                return
            }
            let aftermath = schedule.finished(request, outcome: .notSent, busy: 0, now: Self.time(second))
            #expect(aftermath == Aftermath())
        }
        #expect(schedule.standing(of: 0)?.isSilent == false)
    }
}
