import GatewayModel
import Testing

@testable import FieldBus

/// What the conversation learns from exceptions, in simulated time.
@Suite struct RefusalTests {
    private func station(_ addresses: [UInt16], maxRegisters: Int = 125) -> TestStation {
        var station = TestStation(path: "/dev/null", baud: 9_600)
        station.add(
            unit: 1, maxRegisters: maxRegisters, turnaround: .milliseconds(50),
            points: addresses.map { .init(address: $0, period: .every(.seconds(2))) })
        return station
    }

    private func addresses(_ request: ReadRequest) -> Range<Int> {
        Int(request.address)..<Int(request.address) + request.count
    }

    @Test func aRefusalByChanceTeachesNothing() {
        var refusals = 0
        var bus = SimulatedBus(station([0, 2, 4, 6])) { request, now in
            // One refusal in the middle of an hour.
            guard now.nanoseconds > 1_030_000_000_000, refusals == 0 else { return .answers(after: 10_000_000) }
            refusals += 1
            return .exception(2)
        }
        bus.run(seconds: 60)
        #expect(refusals == 1)
        bus.forgetReadings()
        bus.run(seconds: 20)
        #expect(bus.asked.allSatisfy { addresses($0.request) == 0..<7 }, "still one request for all")
        #expect(bus.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aLimitOfLengthIsLearnt() {
        var bus = SimulatedBus(station((0..<40).map { UInt16($0) })) { request, _ in
            request.count > 16 ? .exception(3) : .answers(after: 10_000_000)
        }
        bus.run(seconds: 60)
        bus.forgetReadings()
        bus.run(seconds: 20)
        #expect(bus.asked.allSatisfy { $0.request.count <= 16 })
        #expect(bus.readings.count == 40 * 10 && bus.readings.allSatisfy { $0.quality == .good })
        #expect(bus.asked.count <= 40, "at most four requests for forty registers")
    }

    @Test func aBoundaryWithoutAGapIsLearnt() {
        // Two blocks of a drive that lie side by side and must not be read at once.
        var bus = SimulatedBus(station([8, 9, 10, 11])) { [self] request, _ in
            addresses(request).contains(9) && addresses(request).contains(10)
                ? .exception(2) : .answers(after: 10_000_000)
        }
        bus.run(seconds: 30)
        bus.forgetReadings()
        bus.run(seconds: 20)
        #expect(Set(bus.asked.map { addresses($0.request) }) == [8..<10, 10..<12])
        #expect(bus.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aPointThatNeverAnsweredIsGivenUp_andTriedAgainAfterTenMinutes() {
        let start = BootTime(nanoseconds: 1_000_000_000_000)
        var bus = SimulatedBus(station([0, 1, 2])) { [self] request, now in
            addresses(request).contains(1) && now - start < .seconds(1_000)
                ? .exception(2) : .answers(after: 10_000_000)
        }
        bus.run(seconds: 60)
        #expect(bus.conversation.refusals[0].unsupported.map(\.point) == [1])
        bus.forgetReadings()
        bus.run(seconds: 300)
        #expect(!bus.readings.contains { $0.point == 1 })
        #expect(bus.readings.allSatisfy { $0.quality == .good })
        bus.run(seconds: 700)
        #expect(bus.conversation.refusals[0].unsupported.map(\.point) == [1], "refused again at the second try")
        bus.run(seconds: 400)
        #expect(bus.conversation.refusals[0].unsupported.isEmpty)
        #expect(bus.readings.last { $0.point == 1 }?.quality == .good)
    }

    @Test func aPointThatHasAnsweredIsNeverGivenUp() {
        let start = BootTime(nanoseconds: 1_000_000_000_000)
        var bus = SimulatedBus(station([0, 1, 2])) { [self] request, now in
            addresses(request).contains(1) && now - start > .seconds(20) ? .exception(2) : .answers(after: 10_000_000)
        }
        bus.run(seconds: 900)
        #expect(bus.conversation.refusals[0].unsupported.isEmpty)
        bus.forgetReadings()
        bus.run(seconds: 20)
        #expect(bus.readings.filter { $0.point == 1 }.count == 10)
        #expect(bus.readings.allSatisfy { ($0.quality == .exception) == ($0.point == 1) })
        #expect(bus.asked.count <= 40, "it is asked for alone at once, not searched for each time")
    }

    @Test(arguments: [UInt8(4), 5, 6, 8]) func otherExceptionsAreNoRefusal(code: UInt8) {
        var bus = SimulatedBus(station([0, 2, 4])) { _, _ in .exception(code) }
        bus.run(seconds: 60)
        #expect(bus.asked.allSatisfy { addresses($0.request) == 0..<5 })
        #expect(bus.readings.allSatisfy { $0.quality == .exception })
        #expect(bus.readings.count >= 3 * 29)
    }

    @Test func bitsOfOneRegisterAreAskedForTogether_alsoWhenTheyAreRefused() {
        var station = TestStation(path: "/dev/null", baud: 9_600)
        station.add(
            unit: 1,
            points: (0..<16).map { .init(address: 5, type: .bit, bit: UInt8($0), period: .every(.seconds(2))) })
        var bus = SimulatedBus(station) { _, _ in .exception(2) }
        bus.run(seconds: 60)
        #expect(bus.asked.count <= DeviceRefusals.patience + 1)
        #expect(bus.conversation.refusals[0].unsupported.count == 16)
    }
}
