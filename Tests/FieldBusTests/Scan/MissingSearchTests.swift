import GatewayModel
import Testing

@testable import FieldBus

@Suite struct MissingSearchTests {
    private let format = SerialFormat()

    /// One missing device at unit 3 of a bus with units 1 to 6; `answers` is the line.
    private func search(
        seconds: Int64, idle: Nanoseconds = .milliseconds(500), _ answers: (UInt8, SerialFormat) -> Bool
    ) -> (MissingSearch, busy: Nanoseconds) {
        var search = MissingSearch(format: format, units: Array(1...6))
        var now = BootTime(nanoseconds: 0)
        var busy: Nanoseconds = 0
        while now < BootTime(nanoseconds: 0) + .seconds(seconds) {
            guard let (question, step) = search.next(missing: [2], now: now, idle: idle) else {
                now = now + .milliseconds(100)
                continue
            }
            var found: [ScanFinding] = []
            if case .modbus(let unit) = step.target, answers(unit, step.format) {
                found = [ScanFinding(.modbus(unit: unit), step.format, turnaround: 0)]
            }
            now = now + step.cost
            busy += step.cost
            search.answered(question, step, found, took: step.cost, now: now)
        }
        return (search, busy)
    }

    @Test func aDeviceAtOtherSettingsIsFoundAndNothingElseIsAsked() {
        let other = SerialFormat(baud: 19_200, parity: .even)
        let (search, _) = search(seconds: 60) { $0 == 3 && $1 == other }
        #expect(search.findings == [2: .init(unit: 3, format: other)])
        #expect(search.strangers.isEmpty)
    }

    @Test func somebodyAtAFreeAddressIsFound() {
        let (search, _) = search(seconds: 120) { unit, format in unit == 33 && format == self.format }
        #expect(search.strangers == [33])
        #expect(search.findings.isEmpty)
    }

    @Test func itTakesAtMostAFifthOfTheTimeAndEndsWhenAllWasTried() {
        let (early, busy) = search(seconds: 60) { _, _ in false }
        #expect(busy <= .seconds(13), "\(busy)")
        #expect(early.tries(of: 2) > 20)
        let (late, all) = search(seconds: 3_000) { _, _ in false }
        #expect(late.tries(of: 2) == 241 + format.alternatives.count)
        #expect(all < .seconds(80))
    }

    @Test func aLineWithoutGapsIsLeftAlone() {
        let (search, busy) = search(seconds: 60, idle: .milliseconds(100)) { _, _ in true }
        #expect(busy == 0 && search.findings.isEmpty)
    }
}
