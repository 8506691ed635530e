import BusPlanning
import GatewayModel
import Testing

@Suite struct BusScheduleTests {
    private typealias Point = VirtualStation.Point

    @Test func atTheStartEveryPointIsDueAlarmsFirst() {
        var station = VirtualStation()
        station.addSpreadDevice(2, every: .seconds(1), .slow)
        station.addSpreadDevice(2, every: .seconds(3_600), .normal)
        station.addSpreadDevice(2, every: .seconds(60), .alarm)
        var bus = VirtualBus(station, start: .seconds(7) + 123)
        bus.run(for: .milliseconds(400))
        #expect(bus.log.prefix(6).map(\.request.priority) == [.alarm, .alarm, .normal, .normal, .slow, .slow])
        #expect(
            bus.log.prefix(6).map(\.request.due) == Array(repeating: BootTime(nanoseconds: 7_000_000_123), count: 6))
    }

    @Test func theEarliestDeadlineOfAClassGoesFirst() {
        var station = VirtualStation()
        for seconds in [20, 5, 60, 10, 30] { station.addSpreadDevice(1, every: .seconds(Int64(seconds))) }
        var bus = VirtualBus(station)
        bus.run(for: .seconds(59))
        bus.run(for: .milliseconds(1_500))
        let atOneMinute = bus.log.filter { $0.request.due == BootTime(nanoseconds: .seconds(60)) }
        #expect(atOneMinute.map(\.request.device) == [1, 3, 0, 4, 2])
        #expect(atOneMinute.map { $0.request.deadline.nanoseconds / 1_000_000_000 } == [65, 70, 80, 90, 120])
    }

    @Test func dueTimesAreMultiplesOfThePeriodForDays() {
        var station = VirtualStation()
        station.addDevice([
            Point(address: 0, period: .every(.seconds(60))), Point(address: 1, period: .every(.seconds(90))),
        ])
        station.addSpreadDevice(3, every: .seconds(300), .slow)
        // UTC runs 0.4 s beside CLOCK_BOOTTIME's whole seconds.
        let offset: Nanoseconds = 1_795_231_200_400_000_000
        var bus = VirtualBus(station, seed: 3, start: 12_345_678_901, offset: offset)
        for device in bus.behaviours.indices {
            bus.behaviours[device].turnaround = .milliseconds(1)...(.milliseconds(90))
        }
        let begin = bus.now
        bus.run(for: .seconds(3 * 86_400))
        var late: Nanoseconds = 0
        for transaction in bus.log where transaction.request.due > begin {
            let due = transaction.request.due.nanoseconds + offset
            let periods = transaction.request.request.points.compactMap { point -> Int64? in
                guard case .every(let period) = station.points[point].period else { return nil }
                return due % period
            }
            #expect(periods.allSatisfy { $0 == 0 })
            late = max(late, transaction.begin - transaction.request.due)
        }
        // First reading at the start, then one at every multiple.
        #expect(bus.reads() == [4_321, 2_881, 865, 865, 865])
        #expect(late < .seconds(1))
        #expect(bus.skipped.isEmpty && bus.schedule.overruns.isEmpty)
    }

    @Test func pointsDueAtOneInstantShareRequestsAndOthersAreNotDelivered() {
        var station = VirtualStation()
        station.addDevice([
            Point(address: 0, period: .every(.seconds(5))), Point(address: 1, period: .every(.seconds(10))),
            Point(address: 2, period: .every(.seconds(5)), priority: .alarm),
        ])
        var bus = VirtualBus(station)
        bus.run(for: .seconds(21))
        #expect(bus.log.map(\.request.request.points) == [[0, 1, 2], [0, 2], [0, 1, 2], [0, 2], [0, 1, 2]])
        #expect(bus.log.allSatisfy { $0.request.priority == .alarm && $0.request.request.count == 3 })
    }

    @Test func betweenDueTimesTheBusIsIdleUntilTheNextOne() {
        var station = VirtualStation()
        station.addSpreadDevice(1, every: .seconds(10))
        var schedule = BusSchedule(
            bus: station.bus, devices: station.devices, points: station.points, now: BootTime(nanoseconds: 1))
        guard case .ask(let first) = schedule.next(now: BootTime(nanoseconds: 1)).action else {
            Issue.record("nothing was asked")
            return
        }
        _ = schedule.finished(
            first, outcome: .answered(turnaround: 1_000_000), busy: 40_000_000, now: BootTime(nanoseconds: 40_000_001))
        let idle = schedule.next(now: BootTime(nanoseconds: 40_000_001))
        #expect(idle == BusTurn(.idle(until: BootTime(nanoseconds: .seconds(10)))))
    }

    @Test func continuousPointsTakeWhatIsLeftInTurn() {
        var station = VirtualStation()
        for _ in 0..<3 {
            station.addDevice([
                Point(address: 0, period: .continuous), Point(address: 300, period: .continuous),
                Point(address: 600, period: .every(.seconds(2))),
            ])
        }
        var bus = VirtualBus(station)
        bus.run(for: .seconds(600))
        let reads = bus.reads()
        for device in 0..<3 { #expect(reads[3 * device + 2] == 300) }
        let continuous = [0, 1, 3, 4, 6, 7].map { reads[$0] }
        #expect((continuous.max() ?? 0) - (continuous.min() ?? 0) <= 1)
        #expect(bus.idleTime == 0)
        // A due request waits for the one transaction that is under way, and for the others that fell due with it.
        #expect(
            bus.log.allSatisfy { $0.request.purpose == .continuous || $0.begin - $0.request.due < .milliseconds(200) })
    }

    @Test func aContinuousBusReachesTheRateOfItsPlan() {
        let station = VirtualStation.twelveMeters(.continuous)
        var bus = VirtualBus(station)
        let forecast = bus.schedule.forecast()
        bus.run(for: .seconds(600))
        let ideal = 600e9 / Double(forecast.cycle) * 240
        let reads = Double(bus.reads().reduce(0, +))
        print(
            "twelve meters: \(forecast.requests) requests, \(forecast.cycle / 1_000_000) ms, \(reads / ideal) of ideal")
        #expect(reads / ideal > 0.998 && reads / ideal < 1.002)
        #expect(forecast.continuousCycle == forecast.cycle)
        #expect(forecast.totalLoad == 0)
    }

    @Test func plansFollowTheMeasuredTurnaround() {
        var station = VirtualStation()
        station.addDevice([Point(address: 0), Point(address: 40)], turnaround: .milliseconds(5))
        var bus = VirtualBus(station)
        #expect(bus.schedule.forecast().requests == 2)
        bus.behaviours[0].turnaround = .milliseconds(80)...(.milliseconds(82))
        bus.run(for: .seconds(60))
        #expect(bus.schedule.forecast().requests == 1)
        #expect(bus.log.last?.request.request.count == 41)
        #expect(bus.log.last.map { abs($0.busy - $0.request.request.cost) < .milliseconds(2) } == true)
    }

    @Test func aLearntGapIsNotCoveredAgain() {
        var station = VirtualStation()
        station.addDevice([Point(address: 0), Point(address: 4)])
        var bus = VirtualBus(station)
        bus.run(for: .seconds(1))
        #expect(bus.log.map(\.request.request.count) == [5])
        bus.schedule.forbid(2..<3, in: .holding, device: 0)
        #expect(bus.schedule.gaps(of: 0)[.holding] == [2..<3])
        bus.run(for: .seconds(10))
        #expect(bus.log.dropFirst().map(\.request.request.count) == [1, 1])
    }

    @Test func anExcludedPointIsNotAskedForUntilItIsIncludedAgain() {
        var station = VirtualStation()
        station.addDevice([Point(address: 0), Point(address: 1), Point(address: 2)])
        var bus = VirtualBus(station)
        bus.schedule.exclude(1)
        bus.run(for: .seconds(11))
        #expect(bus.reads() == [2, 0, 2])
        bus.schedule.include(1, now: bus.now)
        bus.run(for: .seconds(10))
        #expect(bus.reads() == [3, 2, 3])
    }

    @Test func afterThePortReturnsEverythingIsDueOnce() {
        var station = VirtualStation()
        station.addSpreadDevice(3, every: .seconds(3_600))
        station.addSpreadDevice(2, every: .seconds(10))
        var bus = VirtualBus(station)
        bus.run(for: .seconds(30))
        let before = bus.reads()
        bus.schedule.portReturned(now: bus.now)
        bus.run(for: .seconds(5))
        #expect(zip(bus.reads(), before).map(-) == [1, 1, 1, 1, 1])
        #expect(bus.schedule.overruns.isEmpty)
    }

    @Test func whatFellDueWhileTheBusWasAwayIsCountedAndAskedForOnce() {
        var station = VirtualStation()
        station.addSpreadDevice(1, every: .seconds(10), .slow)
        var schedule = BusSchedule(
            bus: station.bus, devices: station.devices, points: station.points, now: BootTime(nanoseconds: 0))
        guard case .ask(let first) = schedule.next(now: BootTime(nanoseconds: 0)).action else {
            Issue.record("nothing was asked")
            return
        }
        let later = BootTime(nanoseconds: .seconds(55))
        _ = schedule.finished(first, outcome: .answered(turnaround: 0), busy: .seconds(55), now: later)
        let turn = schedule.next(now: later)
        #expect(turn.skipped == [0])
        // Those of 10, 20, 30 and 40 s; that of 50 s is asked for now.
        #expect(schedule.overruns == [.slow: 4])
        guard case .ask(let request) = turn.action else {
            Issue.record("nothing was asked")
            return
        }
        #expect(request.due == BootTime(nanoseconds: .seconds(50)))
    }

    @Test func theForecastCountsSharedRequestsOnce() {
        var station = VirtualStation()
        station.addDevice([
            Point(address: 0, period: .every(.seconds(1))), Point(address: 1, period: .every(.seconds(2))),
        ])
        var bus = VirtualBus(station)
        let forecast = bus.schedule.forecast()
        let line = LineCost(station.bus.connection)
        let timing = DeviceTiming(turnaround: .milliseconds(20))
        let one = Double(line.cost(.holding, count: 1, device: timing))
        let two = Double(line.cost(.holding, count: 2, device: timing))
        #expect(abs(forecast.totalLoad - (one + two) / 2e9) < 1e-9)
        bus.run(for: .seconds(1_000))
        #expect(abs(Double(bus.schedule.busyTime) / 1_000e9 - forecast.totalLoad) < 0.001)
    }
}
