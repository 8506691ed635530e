import BusPlanning
import GatewayModel
import Testing

@testable import FieldBus

@Suite struct LearntDeviceTests {
    private let gaps = [
        RefusedGap(table: .holding, addresses: 12..<20), RefusedGap(table: .input, addresses: 100..<101),
    ]

    @Test func itsTextIsReadBack() {
        let learnt = LearntDevice(unit: 12, template: "tuf-2000m", hasAnswered: true, gaps: gaps)
        #expect(learnt.text == "1 12 tuf-2000m answered holding:12-19 input:100-100")
        #expect(LearntDevice(text: learnt.text) == learnt)
        let plain = LearntDevice(unit: 1, template: nil, hasAnswered: false, gaps: [])
        #expect(LearntDevice(text: plain.text) == plain)
    }

    @Test(arguments: ["", "2 12 x answered", "1 300 x answered", "1 12 x"]) func otherTextIsRefused(text: String) {
        #expect(LearntDevice(text: text) == nil)
    }

    @Test(arguments: [
        "holding:5-4", "holding:-1-3", "holding:0-65536", "rolling:1-2", "holding:1", "holding:1-2-3", ":",
    ])
    func aGapThatMakesNoSenseIsLeftOut(gap: String) {
        #expect(
            LearntDevice(text: "1 12 x answered \(gap) input:1-2")?.gaps == [
                RefusedGap(table: .input, addresses: 1..<3)
            ])
    }

    @Test func moreGapsThanItsBoundAreNotKept() {
        let many = (0..<200).map { RefusedGap(table: .holding, addresses: 10 * $0..<10 * $0 + 2) }
        let learnt = LearntDevice(unit: 1, template: nil, hasAnswered: true, gaps: many)
        #expect(learnt.gaps.count == LearntDevice.mostGaps)
        #expect(LearntDevice(text: learnt.text) == learnt)
    }

    /// A device with a hole at 10...19: the first run finds it out by refusals, the next one never asks across it.
    @Test func aRestartDoesNotRunIntoALearntGapAgain() {
        var station = TestStation(path: "/dev/null")
        station.add(
            unit: 5, turnaround: .milliseconds(60),
            points: (0..<5).map { .init(address: $0 * 2) } + (10..<14).map { .init(address: $0 * 2) })
        let script: SimulatedBus.Script = { request, _ in
            let asked = Int(request.address)..<Int(request.address) + request.count
            return asked.overlaps(12..<18) ? .exception(2) : .answers(after: .milliseconds(60))
        }
        var first = SimulatedBus(station, script: script)
        first.run(seconds: 20)
        let refused = first.conversation.schedule.gaps(of: 0)[.holding]
        #expect(!refused.isEmpty)
        let learnt = LearntDevice(
            unit: 5, template: nil, hasAnswered: true,
            gaps: refused.map { RefusedGap(table: .holding, addresses: $0) })
        var second = SimulatedBus(station, script: script)
        second.adopt(["device-5": learnt])
        second.run(seconds: 20)
        #expect(first.conversation.counters[0].exceptions[2] ?? 0 > 0)
        #expect(second.conversation.counters[0].exceptions.isEmpty)
        #expect(second.readings.count >= first.readings.count)
        // Another meter at the same name has nothing to do with it.
        var other = SimulatedBus(station, script: script)
        other.adopt(["device-5": LearntDevice(unit: 6, template: nil, hasAnswered: true, gaps: learnt.gaps)])
        #expect(other.conversation.schedule.gaps(of: 0).isEmpty)
    }
}
