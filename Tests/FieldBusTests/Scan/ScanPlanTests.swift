import GatewayModel
import Testing

@testable import FieldBus

@Suite struct ScanPlanTests {
    private let format = SerialFormat()

    /// Asks a line on which devices are a function; returns the plan and the time that the line was kept.
    private func run(
        _ plan: ScanPlan, stopAfter: Int = .max, _ answers: (ScanStep) -> [ScanFinding]
    ) -> (ScanPlan, Nanoseconds, Int) {
        var plan = plan
        var (time, asked) = (Nanoseconds(0), 0)
        while asked < stopAfter, let step = plan.next() {
            time += step.cost
            asked += 1
            plan.answered(answers(step))
        }
        return (plan, time, asked)
    }

    private func found(_ unit: UInt8, _ step: ScanStep) -> [ScanFinding] {
        step.target == .modbus(unit: unit)
            ? [ScanFinding(.modbus(unit: unit), step.format, turnaround: .milliseconds(9))] : []
    }

    @Test func theFastPassTakesLessThan20SecondsAndBothLessThan110At9600() {
        let fast = run(ScanPlan(formats: [format], passes: [.fast])) { _ in [] }
        #expect(fast.1 < .seconds(20) && fast.2 == 247, "\(fast.1)")
        let slow = run(ScanPlan(formats: [format], passes: [.slow])) { _ in [] }
        #expect(slow.1 < .seconds(90) && slow.2 == 247, "\(slow.1)")
        #expect(ScanPlan(formats: [format], passes: [.fast]).timeLeft == fast.1, "the time left is what it takes")
    }

    @Test func whoWasFoundIsNotAskedAgain_andThereIsOneResult() {
        let (plan, _, asked) = run(ScanPlan(formats: [format])) { step in
            found(7, step) + (step.timeout >= ScanPlan.slowTimeout ? found(200, step) : [])
        }
        #expect(plan.findings.map(\.identity) == [.modbus(unit: 7), .modbus(unit: 200)])
        #expect(asked == 247 + 246)
    }

    @Test func addressesOfTheConfigAreLeftOut() {
        let (_, _, asked) = run(ScanPlan(formats: [format], addresses: 1...10, passes: [.fast], known: [3, 4])) { _ in
            []
        }
        #expect(asked == 8)
    }

    @Test(arguments: [0, 1, 100, 300, 493]) func itGoesOnWhereItWasStopped(stop: Int) {
        let whole = run(ScanPlan(formats: [format])) { found(7, $0) + found(99, $0) }
        let (first, _, asked) = run(ScanPlan(formats: [format]), stopAfter: stop) { found(7, $0) + found(99, $0) }
        var second = ScanPlan(formats: [format])
        let goesOn = second.resume(first.text)
        #expect(goesOn)
        let (resumed, _, more) = run(second) { found(7, $0) + found(99, $0) }
        #expect(asked + more == whole.2)
        #expect(Set(resumed.findings) == Set(whole.0.findings))
    }

    @Test(arguments: ["", "scan 1 5 of 9", "scan 2 0 of 494", "scan 1 999 of 494", "scan 1 x of 494"])
    func theStateOfAnotherSearchIsRefused(text: String) {
        var plan = ScanPlan(formats: [format])
        let isTaken = plan.resume(text)
        #expect(!isTaken)
        #expect(plan.position == 0)
    }

    @Test func everyProtocolAndSettingIsAsked() {
        let formats = [format, SerialFormat(baud: 2_400, parity: .even)]
        var seen: Set<ScanStep.Target> = []
        var settings: Set<SerialFormat> = []
        _ = run(ScanPlan(formats: formats, addresses: 1...2, allProtocols: true)) { step in
            seen.insert(step.target)
            settings.insert(step.format)
            return []
        }
        #expect(
            seen == [
                .dlt645, .cjt188(.lowFirst), .cjt188(.highFirst), .modbus(unit: 1), .modbus(unit: 2), .mbus(address: 1),
                .mbus(address: 2),
            ])
        #expect(settings == Set(formats))
    }

    @Test func alternativesAreManyAndNeverTheOwn() {
        for format in [SerialFormat(), SerialFormat(baud: 2_400, parity: .even)] {
            #expect(!format.alternatives.contains(format))
            #expect(Set(format.alternatives).count == format.alternatives.count)
            #expect(format.alternatives.count >= 17)
        }
    }
}
