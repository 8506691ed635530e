import BusPlanning
import GatewayModel
import Testing

@testable import FieldBus

/// Which meter answers at an address, in simulated time. Registers 0 and 1 are values, 100 and 101 the serial number.
@Suite struct IdentityTests {
    private static let start = BootTime(nanoseconds: 1_000_000_000_000)

    private func station(period: Nanoseconds = .seconds(1)) -> TestStation {
        var station = TestStation(path: "/dev/null", baud: 9_600)
        station.add(
            unit: 1,
            points: [.init(address: 0, period: .every(period)), .init(address: 1, period: .every(period))])
        station.devices[0].identity = .register(RegisterSource(table: .holding, address: 100, type: .uint32, count: 2))
        return station
    }

    /// A meter whose serial number changes with time; nil: it has no such register.
    private func bus(
        period: Nanoseconds = .seconds(1), _ serial: @escaping (Nanoseconds) -> UInt8?
    ) -> SimulatedBus {
        SimulatedBus(station(period: period)) { request, now in
            guard request.address == 100 else { return .answers(after: .milliseconds(10)) }
            guard let serial = serial(now - Self.start) else { return .exception(2) }
            return .says([0, 0, 1, serial])
        }
    }

    private func looks(_ bus: SimulatedBus) -> Int { bus.asked.count { $0.request.address == 100 } }

    @Test func theSerialNumberIsReadBeforeTheFirstValues_andOnceADay() {
        var bus = bus(period: .seconds(10)) { _ in 7 }
        bus.adopt([:])
        bus.run(seconds: 100)
        #expect(bus.asked.first?.request.address == 100)
        #expect(looks(bus) == 1)
        #expect(bus.conversation.identities[0]?.expected == "263")
        #expect(bus.readings.allSatisfy { $0.quality == .good } && bus.readings.count >= 18)
        bus.forgetReadings()
        bus.run(seconds: 86_400)
        #expect(looks(bus) == 1)
        #expect(bus.readings.count >= 2 * 86_400 / 10, "the look costs no reading")
    }

    @Test func withoutWordOfEarlierRunsTheFirstValuesComeAfterTwoSeconds() {
        var bus = bus { _ in 7 }
        bus.run(seconds: 10)
        #expect(bus.readings.first.map { $0.time - Self.start } ?? 0 >= .seconds(2))
        #expect(bus.readings.count >= 14)
    }

    @Test func anotherMeterThanInTheRunBeforeDeliversNoValue_untilSomebodyAcceptsIt() {
        var bus = bus { _ in 8 }
        bus.adopt(["device-1": LearntDevice(unit: 1, template: nil, hasAnswered: true, gaps: [], identity: "263")])
        bus.run(seconds: 30)
        #expect(looks(bus) == 2, "believed when read twice")
        #expect(bus.readings.count >= 58)
        #expect(bus.readings.allSatisfy { $0.quality == .wrongAnswer && $0.sample == nil })
        let verdicts = VerdictJudge.judge(bus.busCase())
        #expect(verdicts.map(\.kind) == [.otherDevice])
        #expect(verdicts.first?.evidence.first == "identity until now: 263")
        bus.accept(["device-1", "unknown"])
        bus.forgetReadings()
        bus.run(seconds: 10)
        #expect(bus.readings.count >= 18 && bus.readings.allSatisfy { $0.quality == .good })
        #expect(VerdictJudge.judge(bus.busCase()).isEmpty)
        #expect(bus.conversation.identities[0]?.expected == "264")
    }

    @Test func aMeterThatIsChangedWhileItsPowerIsOffIsKnownWhenItReturns() {
        var bus = SimulatedBus(station()) { request, now in
            let passed = now - Self.start
            if (.seconds(60)..<(.seconds(120))).contains(passed) { return .silent }
            guard request.address == 100 else { return .answers(after: .milliseconds(10)) }
            return .says([0, 0, 1, passed < .seconds(60) ? 7 : 8])
        }
        bus.run(seconds: 300)
        let after = bus.readings.filter { $0.time - Self.start > .seconds(120) && $0.quality != .noReply }
        #expect(after.count > 200)
        #expect(after.allSatisfy { $0.quality == .wrongAnswer }, "not one value of the new meter")
    }

    @Test func aMeterThatIsChangedWithinOneMissedRequestIsKnownToo() {
        var bus = SimulatedBus(station(period: .seconds(10))) { request, now in
            let passed = now - Self.start
            if (.seconds(60)..<(.seconds(65))).contains(passed) { return .silent }
            guard request.address == 100 else { return .answers(after: .milliseconds(10)) }
            return .says([0, 0, 1, passed < .seconds(60) ? 7 : 8])
        }
        bus.run(seconds: 200)
        let after = bus.readings.filter { $0.time - Self.start > .seconds(65) }
        #expect(after.count >= 24 && after.allSatisfy { $0.quality == .wrongAnswer })
    }

    /// No request is lost: who is asked once a minute can be changed in between.
    @Test func aMeterThatIsChangedBetweenTwoAnsweredRequestsDeliversNoValueWhenItIsAskedSeldom() {
        var bus = bus(period: .seconds(60)) { $0 < .seconds(330) ? 7 : 8 }
        bus.adopt([:])
        bus.run(seconds: 1_200)
        let before = bus.readings.filter { $0.time - Self.start < .seconds(330) }
        let after = bus.readings.filter { $0.time - Self.start > .seconds(330) }
        #expect(before.count >= 10 && before.allSatisfy { $0.quality == .good })
        #expect(after.count >= 26 && after.allSatisfy { $0.quality == .wrongAnswer && $0.sample == nil })
        #expect(VerdictJudge.judge(bus.busCase()).map(\.kind) == [.otherDevice])
    }

    @Test func aMeterThatIsAskedOftenIsNotAskedWhoItIsEachTime() {
        var bus = bus(period: .seconds(10)) { _ in 7 }
        bus.adopt([:])
        bus.run(seconds: 3_600)
        #expect(looks(bus) == 1)
        var seldom = self.bus(period: .seconds(60)) { _ in 7 }
        seldom.adopt([:])
        seldom.run(seconds: 3_600)
        #expect((58...61).contains(looks(seldom)), "\(looks(seldom))")
        #expect(seldom.readings.count >= 2 * 59 && seldom.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aRegisterThatStopsAnsweringCostsASeldomAskedDeviceAFewReadings() {
        var bus = SimulatedBus(station(period: .seconds(60))) { request, now in
            guard request.address == 100 else { return .answers(after: .milliseconds(10)) }
            return now - Self.start < .seconds(600) ? .says([0, 0, 1, 7]) : .silent
        }
        bus.adopt([:])
        bus.run(seconds: 2 * 3_600)
        let late = bus.readings.filter { $0.time - Self.start > .seconds(1_000) && $0.quality == .good }
        #expect(late.count >= 2 * 95, "\(late.count)")
    }

    /// A register that someone took for the serial number, and that is a clock.
    @Test func anIdentityThatChangesWithEveryLookDoesNotKeepTheLine() {
        var number: UInt8 = 0
        var bus = bus { _ in
            number &+= 1
            return number
        }
        bus.adopt([:])
        bus.run(seconds: 3_600)
        #expect(looks(bus) < 200, "\(looks(bus))")
        #expect(bus.readings.count { $0.quality == .good } >= 2 * 3_400)
    }

    @Test func theOldMeterIsTakenBackWithinTenMinutes() {
        var bus = bus { $0 < .seconds(100) ? 8 : 7 }
        bus.adopt(["device-1": LearntDevice(unit: 1, template: nil, hasAnswered: true, gaps: [], identity: "263")])
        bus.run(seconds: 800)
        #expect(bus.readings.last?.quality == .good)
    }

    @Test func oneOtherAnswerByChanceIsNotBelieved() {
        var isFirst = true
        var bus = bus { _ in
            defer { isFirst = false }
            return isFirst ? 9 : 7
        }
        bus.adopt(["device-1": LearntDevice(unit: 1, template: nil, hasAnswered: true, gaps: [], identity: "263")])
        bus.run(seconds: 20)
        #expect(looks(bus) == 2)
        #expect(bus.readings.count >= 38 && bus.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aDeviceThatNoLongerHasTheRegisterIsAnotherOne_oneThatNeverHadItIsNot() {
        var other = bus { _ in nil }
        other.adopt(["device-1": LearntDevice(unit: 1, template: nil, hasAnswered: true, gaps: [], identity: "263")])
        other.run(seconds: 20)
        #expect(other.readings.allSatisfy { $0.quality == .wrongAnswer })
        other.accept(["device-1"])
        #expect(other.conversation.identities[0]?.isOther == true, "what says no number cannot be accepted")
        var plain = bus { _ in nil }
        plain.adopt([:])
        plain.run(seconds: 20)
        #expect(plain.readings.count >= 38 && plain.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aDeviceThatNeverAnswersTheRegisterLosesNoMoreThanThreeTimeouts() {
        var bus = SimulatedBus(station()) { request, _ in
            request.address == 100 ? .silent : .answers(after: .milliseconds(10))
        }
        bus.adopt([:])
        bus.run(seconds: 600)
        #expect(looks(bus) <= IdentityWatch.patience + 1)
        #expect(bus.readings.count { $0.quality == .good } >= 2 * 590)
        #expect(!bus.readings.contains { $0.quality != .good && $0.quality != .stale })
    }

    @Test func itsTextIsOneWord() {
        #expect(Sample.integer(68_412_345).identity == "68412345")
        #expect(Sample.text(" AB 12\u{0}\u{0}").identity == "AB_12")
        #expect(Sample.text("\u{0} ").identity == nil)
        #expect(Sample.float32(1).identity == nil)
        let learnt = LearntDevice(
            unit: 1, template: "x", hasAnswered: true, gaps: [RefusedGap(table: .holding, addresses: 1..<3)],
            identity: "AB_12")
        #expect(learnt.text == "1 1 x answered identity:AB_12 holding:1-2")
        #expect(LearntDevice(text: learnt.text) == learnt)
    }

    /// A device that refused to be asked across 10...19 until its firmware was changed.
    @Test func aLearntGapIsSoughtAnewOnceAWeek() {
        var station = TestStation(path: "/dev/null")
        station.add(
            unit: 5, turnaround: .milliseconds(60),
            points: [0, 2, 20, 22].map { .init(address: $0, period: .every(.seconds(60))) })
        let changed = Nanoseconds.seconds(3 * 86_400)
        var bus = SimulatedBus(station) { request, now in
            let asked = Int(request.address)..<Int(request.address) + request.count
            let isRefused = asked.overlaps(10..<20) && now - Self.start < changed
            return isRefused ? .exception(2) : .answers(after: .milliseconds(60))
        }
        bus.run(seconds: 6 * 86_400)
        #expect(!bus.conversation.schedule.gaps(of: 0).isEmpty, "for a week")
        bus.run(seconds: 2 * 86_400)
        #expect(bus.conversation.schedule.gaps(of: 0).isEmpty)
        bus.forgetReadings()
        bus.run(seconds: 600)
        #expect(bus.asked.count <= 11, "one request for all again")
    }
}
