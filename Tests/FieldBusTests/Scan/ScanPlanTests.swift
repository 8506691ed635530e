import GatewayModel
import Testing

@testable import FieldBus

@Suite struct ScanPlanTests {
    private let format = SerialFormat()

    private func modbus(
        _ addresses: ClosedRange<UInt8> = 1...247, passes: [ScanPlan.Pass] = [.fast, .slow], known: Set<UInt8> = []
    ) -> ScanPlan {
        ScanPlan(formats: [format], addresses: addresses, passes: passes, protocols: [.modbus], known: known)
    }

    /// Asks a line on which devices are a function; returns the plan and the time that the line was kept.
    private func run(
        _ plan: ScanPlan, stopAfter: Int = .max, _ answers: (ScanStep) -> [ScanFinding]
    ) -> (ScanPlan, Nanoseconds, Int) {
        var plan = plan
        var (time, asked) = (Nanoseconds(0), 0)
        while asked < stopAfter, let step = plan.next() {
            time += step.cost
            asked += 1
            let found = answers(step)
            plan.answered(found, heard: 7 * found.count)
        }
        return (plan, time, asked)
    }

    private func found(_ unit: UInt8, _ step: ScanStep) -> [ScanFinding] {
        step.target == .modbus(unit: unit)
            ? [ScanFinding(.modbus(unit: unit), step.format, turnaround: .milliseconds(9))] : []
    }

    @Test func theFastPassTakesLessThan20SecondsAndBothLessThan110At9600() {
        let fast = run(modbus(passes: [.fast])) { _ in [] }
        #expect(fast.1 < .seconds(20) && fast.2 == 247, "\(fast.1)")
        let slow = run(modbus(passes: [.slow])) { _ in [] }
        #expect(slow.1 < .seconds(90) && slow.2 == 247, "\(slow.1)")
        #expect(modbus(passes: [.fast]).timeLeft == fast.1, "the time left is what it takes")
    }

    @Test func whoWasFoundIsNotAskedAgain_andThereIsOneResult() {
        let (plan, _, asked) = run(modbus()) { step in
            found(7, step) + (step.timeout >= ScanPlan.slowTimeout ? found(200, step) : [])
        }
        #expect(plan.findings.map(\.identity) == [.modbus(unit: 7), .modbus(unit: 200)])
        #expect(asked == 247 + 246)
    }

    @Test func addressesOfTheConfigAreLeftOut() {
        let (plan, _, asked) = run(modbus(1...10, passes: [.fast], known: [3, 4, 10])) { _ in [] }
        #expect(asked == 7)
        #expect(plan.isOver, "nothing is left, although the last address was not asked")
        #expect(modbus(7...7, known: [7]).isOver)
    }

    @Test(arguments: [0, 1, 100, 300, 493]) func itGoesOnWhereItWasStopped(stop: Int) {
        let whole = run(modbus()) { found(7, $0) + found(99, $0) }
        let (first, _, asked) = run(modbus(), stopAfter: stop) { found(7, $0) + found(99, $0) }
        var second = modbus()
        let goesOn = second.resume(first.text)
        #expect(goesOn)
        let (resumed, _, more) = run(second) { found(7, $0) + found(99, $0) }
        #expect(asked + more == whole.2)
        #expect(Set(resumed.findings) == Set(whole.0.findings))
    }

    @Test func theStateOfAnotherSearchIsRefused() {
        let own = modbus().text
        let others = [
            "", "scan 2 5 0", own.replacing("scan 2 0 0", with: "scan 2 999 0"), own.replacing("2 0 0", with: "2 x 0"),
            own.replacing("scan 2", with: "scan 1"), modbus(1...246).text, modbus(passes: [.slow]).text,
            ScanPlan(formats: [SerialFormat(baud: 19_200)], protocols: [.modbus]).text,
        ]
        for text in others { refuses(text) }
    }

    private func refuses(_ text: String) {
        var plan = modbus()
        let isTaken = plan.resume(text)
        #expect(!isTaken, "\(text)")
        #expect(plan.position == 0)
    }

    @Test func everyProtocolAndSettingIsAsked() {
        let formats = [format, SerialFormat(baud: 2_400, parity: .even)]
        var seen: Set<ScanTarget> = []
        var settings: Set<SerialFormat> = []
        let meters = SerialFormat(baud: 1_200, parity: .even)
        _ = run(ScanPlan(formats: formats, meterFormats: [meters], addresses: 1...2)) { step in
            seen.insert(step.target)
            settings.insert(step.format)
            return []
        }
        #expect(
            seen == [
                .anyDLT645, .cjt188(.lowFirst, data: true), .cjt188(.highFirst, data: true),
                .cjt188(.lowFirst, data: false), .cjt188(.highFirst, data: false), .anyMBus,
                .mbusSelect(ScanTarget.everyMBusNumber), .modbus(unit: 1), .modbus(unit: 2),
            ])
        #expect(settings == Set(formats + [meters]))
    }

    @Test func alternativesAreManyAndNeverTheOwn() {
        for format in [SerialFormat(), SerialFormat(baud: 2_400, parity: .even)] {
            #expect(!format.alternatives.contains(format))
            #expect(Set(format.alternatives).count == format.alternatives.count)
            #expect(format.alternatives.count >= 17)
        }
    }
}
