import BusPlanning
import GatewayModel
import Testing

@Suite struct ScheduleCostTests {
    /// Prints what a choice costs, idle line and overload; the limits only catch a change of order.
    @Test func aChoiceIsCheap() {
        var idle = VirtualBus(VirtualStation.twelveMeters(.continuous))
        var station = VirtualStation()
        for _ in 0..<40 { station.addSpreadDevice(10, every: .seconds(5)) }
        var overload = VirtualBus(station)
        let quiet = ContinuousClock().measure { idle.run(for: .seconds(100)) } / idle.log.count
        let busy = ContinuousClock().measure { overload.run(for: .seconds(100)) } / overload.log.count
        print("a choice: continuous \(quiet), 400 requests waiting \(busy)")
        #expect(quiet < .milliseconds(5) && busy < .milliseconds(20))
    }
}
