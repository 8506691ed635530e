import GatewayModel
import Testing

@testable import FieldBus

@Suite struct AdaptedTimeoutTests {
    private let configured: Nanoseconds = .milliseconds(500)

    private func learnt(_ turnarounds: [Nanoseconds]) -> AdaptedTimeout {
        var timeout = AdaptedTimeout()
        for turnaround in turnarounds { timeout.answered(after: turnaround) }
        return timeout
    }

    @Test func itIsTheConfiguredOneUntilTheDeviceIsKnown() {
        #expect(AdaptedTimeout().value(configured: configured) == configured)
        let some = learnt(Array(repeating: .milliseconds(10), count: AdaptedTimeout.answersNeeded - 1))
        #expect(some.value(configured: configured) == configured)
    }

    @Test func itStaysAboveTheSlowestAnswerAndWithinItsBounds() {
        let quick = learnt(Array(repeating: .milliseconds(3), count: 300))
        #expect(quick.value(configured: configured) == .milliseconds(50))
        let seldomSlow = learnt(Array(repeating: .milliseconds(3), count: 300) + [.milliseconds(200)])
        #expect(seldomSlow.value(configured: configured) == .milliseconds(270))
        let slow = learnt(Array(repeating: .milliseconds(450), count: 300))
        #expect(slow.value(configured: configured) == configured, "never above the configured one")
    }

    @Test func aLateAnswerGivesTheWholeTimeoutBack() {
        var timeout = learnt(Array(repeating: .milliseconds(3), count: 300))
        timeout.answeredLate()
        #expect(timeout.value(configured: configured) == configured)
        for _ in 0..<AdaptedTimeout.answersNeeded { timeout.answered(after: .milliseconds(3)) }
        #expect(timeout.value(configured: configured) == .milliseconds(50))
    }

    /// One answer in fifty takes longer than all before it: it is lost at most once, since the request after waits for
    /// the whole time.
    @Test func aDeviceThatBecomesSlowerLosesOneAnswerAndNotTwo() {
        var station = TestStation(path: "/dev/null", timeout: .milliseconds(500))
        station.add(unit: 3, points: [.init(address: 1, period: .every(.seconds(1)))])
        var asked = 0
        var bus = SimulatedBus(station) { _, _ in
            asked += 1
            return .answers(after: asked > 300 ? .milliseconds(300) : .milliseconds(5))
        }
        bus.run(seconds: 600)
        let failed = bus.readings.filter { $0.quality != .good }
        #expect(failed.count == 1, "\(failed.count)")
        #expect(bus.readings.filter { $0.quality == .good }.count > 500)
    }
}
