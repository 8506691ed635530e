import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

/// Searches for meters on lines that are a function: whoever is called answers, and several together are garbled.
@Suite struct MeterSearchTests {
    /// What hangs on a line.
    private struct Line {
        var electricity: [MeterNumber] = []
        /// Number and order of the identifier's bytes.
        var heat: [(MeterNumber, IdentifierOrder)] = []
        var mbus: [(number: MeterNumber, address: UInt8)] = []
        var units: [UInt8] = []
        /// Bytes that follow whatever is asked.
        var noise: [UInt8] = []
        /// The adapter hears what it sends.
        var echoes = false

        func hears(_ step: ScanStep) -> [UInt8] { (echoes ? step.request : []) + said(to: step) }

        private func said(to step: ScanStep) -> [UInt8] {
            let answers = answers(step.target)
            guard let first = answers.first else { return noise }
            if answers.count == 1 { return first + noise }
            // One spoils the other, the end too: a sum may be right by chance.
            return first.dropLast().map { $0 & answers[1][0] } + [0] + noise
        }

        private func answers(_ target: ScanTarget) -> [[UInt8]] {
            switch target {
            case .modbus(let unit): return units.contains(unit) ? [sealed([unit, 3, 2, 0, 1])] : []
            case .registers: return []
            case .dlt645(let called):
                let asked = ScanTarget.dlt645Request(called).frame(to: called)
                return electricity.filter(called.calls).map { number in
                    let data = asked.control == .readAddress ? number.wireBytes : asked.data + [1, 2, 3, 4]
                    let control = DLT645Control(rawValue: asked.control.rawValue | 0x80)
                    return [0xFE, 0xFE] + DLT645Frame(address: number, control: control, data: data).bytes
                }
            case .cjt188(let order, let isData):
                guard isData else { return [] }
                return heat.filter { $0.1 == order }.map { number, order in
                    let data = order.bytes(0x901F) + [0] + number.wireBytes
                    return CJT188Frame(type: 0x20, address: number, control: 0x81, data: data).bytes
                }
            case .mbus(let address): return mbus.filter { address == 254 || $0.address == address }.map(telegram)
            case .mbusSelect(let number): return mbus.contains { number.calls($0.number) } ? [[0xE5]] : []
            case .mbusRead(let number): return mbus.filter { number.calls($0.number) }.map(telegram)
            }
        }

        private func telegram(_ meter: (number: MeterNumber, address: UInt8)) -> [UInt8] {
            let data = meter.number.wireBytes + [0x2D, 0x2C, 8, 4, 1, 0, 0, 0]
            return MBusFrame.long(control: 8, address: meter.address, information: 0x72, data: data).bytes
        }
    }

    private func search(
        _ line: Line, passes: [ScanPlan.Pass] = [.fast, .slow], _ protocols: [ScanProtocol], stopAfter: Int = .max
    ) -> (plan: ScanPlan, asked: Int) {
        var plan = ScanPlan(formats: [ScanPlan.meterFormat], addresses: 1...20, passes: passes, protocols: protocols)
        var asked = 0
        while asked < stopAfter, let step = plan.next() {
            asked += 1
            let bytes = line.hears(step)
            plan.answered(
                ScanAnswer.findings(in: bytes, to: step, turnaround: 0), heard: ScanAnswer.heard(in: bytes, to: step))
        }
        return (plan, asked)
    }

    private func line(_ random: inout FuzzRandom) -> Line {
        func number(_ bytes: Int, _ like: MeterNumber?) -> MeterNumber {
            var digits = like?.wireBytes ?? (0..<bytes).map { _ in UInt8(random.below(10) << 4 | random.below(10)) }
            // Meters of one delivery have neighbouring numbers.
            digits[like == nil ? random.below(bytes) : 0] = UInt8(random.below(10) << 4 | random.below(10))
            return MeterNumber(wireBytes: digits)
        }
        var line = Line()
        for _ in 0..<random.below(7) {
            line.electricity.append(number(6, random.below(2) == 0 ? line.electricity.last : nil))
        }
        for _ in 0..<random.below(7) {
            line.mbus.append((number(4, random.below(2) == 0 ? line.mbus.last?.number : nil), UInt8(random.below(3))))
        }
        for order in IdentifierOrder.allCases where random.below(2) == 0 { line.heat.append((number(7, nil), order)) }
        line.units = (0..<random.below(4)).map { _ in UInt8(1 + random.below(20)) }
        return line
    }

    private func expected(_ line: Line) -> Set<ScanFinding.Identity> {
        var all = Set(line.units.map { ScanFinding.Identity.modbus(unit: $0) })
        all.formUnion(line.electricity.map { .dlt645(address: $0.description) })
        all.formUnion(line.heat.map { .cjt188(address: $0.0.description, type: 0x20) })
        all.formUnion(line.mbus.map { .mbus(address: $0.address, meter: "\($0.number).KAM.08.04") })
        return all
    }

    private func hasTwins(_ line: Line) -> Bool {
        Set(line.electricity).count < line.electricity.count || Set(line.mbus.map(\.number)).count < line.mbus.count
    }

    @Test func everyMeterIsFoundInEitherPassHoweverManyAnswerTogether() {
        let seed = Fuzz.anySeed
        print("SEED=\(seed)")
        var random = FuzzRandom(seed: seed)
        var met = 0
        for _ in 0..<60 {
            let line = line(&random)
            if hasTwins(line) { continue }
            met += line.electricity.count + line.mbus.count
            for passes in [[.fast], [.slow], [.fast, .slow]] as [[ScanPlan.Pass]] {
                let (plan, _) = search(line, passes: passes, ScanProtocol.allCases)
                #expect(Set(plan.findings.map(\.identity)) == expected(line), "\(passes), SEED=\(seed)")
                #expect(plan.isOver)
            }
        }
        #expect(met > 60)
    }

    @Test func aSearchForMetersGoesOnWhereItWasStopped() {
        var random = FuzzRandom(seed: 645)
        var line = line(&random)
        while line.electricity.count < 3 || line.mbus.count < 3 || hasTwins(line) { line = self.line(&random) }
        let whole = search(line, ScanProtocol.allCases)
        for stop in stride(from: 1, to: whole.asked, by: 13) {
            let first = search(line, ScanProtocol.allCases, stopAfter: stop).plan
            var second = ScanPlan(formats: [ScanPlan.meterFormat], addresses: 1...20)
            let goesOn = second.resume(first.text)
            #expect(goesOn)
            #expect(second.position == first.position && second.total == first.total && second.text == first.text)
            while let step = second.next() {
                let bytes = line.hears(step)
                second.answered(
                    ScanAnswer.findings(in: bytes, to: step, turnaround: 0),
                    heard: ScanAnswer.heard(in: bytes, to: step))
            }
            #expect(Set(second.findings) == Set(whole.plan.findings))
        }
    }

    @Test func anAdapterThatHearsItselfMakesNoSearchLonger() throws {
        var line = Line(electricity: [try #require(MeterNumber("000000000161", digits: 12))], units: [3, 9])
        let silent = search(line, ScanProtocol.allCases)
        line.echoes = true
        let loud = search(line, ScanProtocol.allCases)
        #expect(Set(loud.plan.findings.map(\.identity)) == expected(line))
        #expect(loud.asked == silent.asked)
    }

    @Test func twoMetersOfOneNumberAreSaidToBeSeveral() throws {
        let number = try #require(MeterNumber("000000000161", digits: 12))
        var line = Line(electricity: [number, number])
        // Their answers differ in one thing or the other.
        line.noise = [0, 0, 0]
        var plan = ScanPlan(formats: [ScanPlan.meterFormat], passes: [.fast], protocols: [.dlt645])
        while let step = plan.next() {
            let bytes = Array(line.hears(step).map { $0 & 0xF0 })
            plan.answered(
                ScanAnswer.findings(in: bytes, to: step, turnaround: 0), heard: bytes.count > 3 ? bytes.count : 0)
        }
        #expect(plan.findings.map(\.identity) == [.several(.dlt645)])
        #expect(plan.position <= 601)
    }

    @Test func severalCJT188MetersAreToldPlainly() throws {
        let numbers = try ["00000040314132", "00001234567890"].map { try #require(MeterNumber($0, digits: 14)) }
        let (plan, _) = search(Line(heat: numbers.map { ($0, .highFirst) }), [.cjt188])
        #expect(plan.findings.map(\.identity) == [.several(.cjt188)])
        #expect(plan.findings.first?.text.contains("several meters answer at once") == true)
    }

    @Test func aNoisyLineDoesNotMakeASearchEndless() {
        let (plan, asked) = search(Line(noise: [0x55, 0, 0xFF, 0x68, 1, 2, 3]), ScanProtocol.allCases)
        #expect(plan.isOver)
        #expect(asked <= plan.passes.count * 30 + ScanPlan.mostFollowUps)
        #expect(plan.findings.allSatisfy { if case .several = $0.identity { true } else { false } })
    }

    @Test func aSlowDeviceWhoseAnswerMeetsALaterRequestIsAskedAgainInTheFastPass() {
        var plan = ScanPlan(formats: [SerialFormat()], addresses: 1...60, passes: [.fast], protocols: [.modbus])
        var asked: [ScanStep] = []
        while let step = plan.next() {
            asked.append(step)
            // Unit 40 takes 250 ms; its answer meets the request to 44.
            let isPatient = step.timeout >= .milliseconds(250)
            let bytes: [UInt8] =
                step.target == .modbus(unit: 40) && isPatient
                ? sealed([40, 3, 2, 0, 1])
                : step.target == .modbus(unit: 44) && !isPatient ? [40, 3, 0x82, 0, 1, 9, 9] : []
            plan.answered(
                ScanAnswer.findings(in: bytes, to: step, turnaround: 0), heard: ScanAnswer.heard(in: bytes, to: step))
        }
        #expect(plan.findings.map(\.identity) == [.modbus(unit: 40)])
        #expect(asked.count <= 60 + 7)
    }

    @Test func noQuestionIsASoundModbusFrameButThoseThatRead() {
        var targets: [ScanTarget] = [.anyDLT645, .anyMBus, .mbusSelect(ScanTarget.everyMBusNumber)]
        targets += ScanTarget.anyDLT645.parts + ScanTarget.mbusRead(ScanTarget.everyMBusNumber).parts
        targets += (0...250).map { .mbus(address: $0) }
        targets += IdentifierOrder.allCases.flatMap { [.cjt188($0, data: true), .cjt188($0, data: false)] }
        for target in targets {
            for piece in FrameCutter.cut(target.request) {
                if case .frame(let frame) = piece { Issue.record("\(target) holds the Modbus frame \(frame)") }
            }
        }
        for unit in 1...247 { #expect(ScanTarget.modbus(unit: UInt8(unit)).request[1] == 3) }
    }
}
