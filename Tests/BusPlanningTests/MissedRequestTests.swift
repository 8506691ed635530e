import BusPlanning
import GatewayModel
import Testing

/// A device that left a request unanswered goes behind those that fall due with it: the time that it keeps the line, and an
/// answer that comes too late, then meet nobody's turn.
@Suite struct MissedRequestTests {
    private static func bus(devices: Int, every period: Nanoseconds, registers: Int = 1, seed: UInt64) -> VirtualBus {
        var station = VirtualStation()
        for _ in 0..<devices { station.addSpreadDevice(1, every: period, registers: registers) }
        return VirtualBus(station, seed: seed)
    }

    @Test func whoMissedOneOfTheLastSixteenRequestsIsAskedLast() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("missed, seed \(seed)")
        var bus = Self.bus(devices: 6, every: .seconds(2), seed: seed)
        bus.behaviours[0].loses = 0.2
        bus.run(for: .seconds(1_800))
        var missed: [Bool] = []
        var checked = 0
        for own in bus.log where own.request.device == 0 {
            defer { missed.append(own.outcome == .noReply) }
            guard own.request.purpose == .due, missed.suffix(16).contains(true) else { continue }
            // What falls due at the device's own return is its alone.
            let together = bus.log.filter { $0.request.due == own.request.due && $0.request.device != 0 }
            #expect(together.allSatisfy { $0.begin < own.begin }, "seed \(seed), \(own.begin)")
            checked += together.count == 5 ? 1 : 0
        }
        #expect(checked > 100)
    }

    @Test func whoAnswersAgainIsAskedInTurnAgain() {
        var bus = Self.bus(devices: 3, every: .seconds(2), seed: 1)
        bus.behaviours[0].dead = [BootTime(nanoseconds: .seconds(19))..<BootTime(nanoseconds: .seconds(21))]
        bus.run(for: .seconds(200))
        let late = bus.log.filter { $0.begin > BootTime(nanoseconds: .seconds(100)) }
        // Of three that were asked in this order once, the order stays.
        #expect(late.map(\.request.device).prefix(3).sorted() == [0, 1, 2])
        let positions = late.enumerated().filter { $0.element.request.device == 0 }.map { $0.offset % 3 }
        #expect(Set(positions).count == 1)
    }

    @Test func onABusThatIsTooFullItStillHasItsTurns() {
        let seed = UInt64.random(in: 0..<1 << 32)
        print("missed on a full bus, seed \(seed)")
        for seed in seed..<seed + 8 {
            var bus = Self.bus(devices: 12, every: .seconds(1), registers: 60, seed: seed)
            bus.behaviours[4].loses = 0.1
            bus.run(for: .seconds(900))
            #expect(bus.schedule.forecast().totalLoad > 1.5)
            let reads = bus.reads()
            let others = reads.enumerated().filter { $0.offset != 4 }.map(\.element)
            #expect(reads[4] * 3 > (others.min() ?? 0), "seed \(seed): \(reads)")
        }
    }
}
