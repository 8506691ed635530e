import GatewayModel
import Testing

@testable import FieldBus

@Suite struct LineTimeTests {
    @Test func everyMomentOfTheBusIsAccountedFor() {
        var station = TestStation(path: "/dev/null")
        for unit in UInt8(1)...4 { station.add(unit: unit, points: [.init(address: 1), .init(address: 30)]) }
        var bus = SimulatedBus(station) { request, _ in
            switch request.unit {
            case 1: .answers(after: .milliseconds(10))
            case 2: .silent
            case 3: .spoils
            default: .exception(4)
            }
        }
        bus.run(seconds: 120)
        let times = bus.conversation.health.times
        for (unit, time) in zip(UInt8(1)...4, times) {
            #expect(time.total == bus.busy[unit], "unit \(unit)")
        }
        #expect(times[0].useful > 0 && times[0].silence > 0 && times[0].errors == 0 && times[0].dead == 0)
        #expect(times[1].useful == 0 && times[1].errors > 0 && times[1].dead > 0, "first errors, then probes")
        #expect(times[2].useful == 0)
        #expect(times[3].useful > 0 && times[3].errors == 0, "an exception is an answer")
    }
}
