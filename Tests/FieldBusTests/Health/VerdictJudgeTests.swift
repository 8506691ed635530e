import BusPlanning
import GatewayModel
import Testing

@testable import FieldBus

/// The rules, from tallies: each verdict when it is due, and none when something else explains the same figures.
@Suite struct VerdictJudgeTests {
    private let now = BootTime(nanoseconds: 10_000_000_000_000)

    /// A device of which so many of 200 requests came to this.
    private func device(
        _ id: String, unit: UInt8, answers: Int = 0, noReplies: Int = 0, spoiled: Int = 0, isSilent: Bool = false,
        hasEverAnswered: Bool? = nil, _ change: (inout DeviceTally) -> Void = { _ in }
    ) -> BusCase.Device {
        var device = BusCase.Device(id: id, unit: unit, timeout: .milliseconds(500))
        device.tally.answers = answers
        device.tally.noReplies = noReplies
        device.tally.spoiled = spoiled
        device.tally.requests = answers + noReplies + spoiled
        device.tally.long = device.tally.requests / 2
        device.tally.longSpoiled = spoiled / 2
        if isSilent { device.tally.failuresInARow = max(noReplies, spoiled) }
        change(&device.tally)
        device.isSilent = isSilent
        device.hasEverAnswered = hasEverAnswered ?? (answers > 0)
        return device
    }

    private func judge(_ devices: [BusCase.Device], _ change: (inout BusCase) -> Void = { _ in }) -> [Verdict] {
        var bus = BusCase(format: SerialFormat(), devices: devices, now: now)
        bus.line.requests = devices.reduce(0) { $0 + $1.tally.requests }
        change(&bus)
        return VerdictJudge.judge(bus)
    }

    private func well(_ count: Int) -> [BusCase.Device] {
        (0..<count).map { device("well-\($0)", unit: UInt8(100 + $0), answers: 200) }
    }

    private func kinds(_ verdicts: [Verdict]) -> [Verdict.Kind] { verdicts.map(\.kind) }

    @Test func aHealthyLineGetsNoVerdict() {
        #expect(judge(well(6)).isEmpty)
        #expect(judge([]).isEmpty)
        #expect(judge([device("new", unit: 1)]).isEmpty, "nothing has been asked yet")
        // Now and then something is spoiled or lost on every line.
        let usual = (0..<4).map { device("d\($0)", unit: UInt8($0 + 1), answers: 197, noReplies: 1, spoiled: 2) }
        #expect(judge(usual).isEmpty)
    }

    @Test func aDeviceThatHasStoppedAnsweringIsDeadOrUnpowered() {
        let dead = device("meter", unit: 7, answers: 100, noReplies: 9, isSilent: true) {
            $0.lastAnswer = BootTime(nanoseconds: 10_000_000_000_000 - 300_000_000_000)
        }
        let verdicts = judge(well(3) + [dead])
        #expect(kinds(verdicts) == [.deadOrUnpowered])
        #expect(verdicts.first?.device == "meter")
        #expect(verdicts.first?.evidence.contains("answered until 5 min ago") == true)
        #expect(verdicts.first?.evidence.contains("3 of the 3 other devices of the bus answer") == true)
        #expect(judge(well(3) + [device("meter", unit: 7, answers: 100, noReplies: 9)]).isEmpty, "not silent yet")
    }

    @Test func anUnknownAddressThatAnswersMakesItAWrongAddress() {
        let never = device("meter", unit: 7, noReplies: 12, isSilent: true)
        #expect(kinds(judge(well(3) + [never])) == [.deadOrUnpowered])
        let verdicts = judge(well(3) + [never]) { $0.line.unknownUnits = [9: 3] }
        #expect(kinds(verdicts) == [.wrongAddress])
        #expect(verdicts.first?.evidence.last?.hasSuffix("9") == true)
        var found = never
        found.foundAt = .init(unit: 17, format: SerialFormat())
        #expect(judge(well(1) + [found]).first?.summary == "its address is 17, not 7")
        #expect(kinds(judge(well(3)) { $0.line.unknownUnits = [9: 3] }) == [], "nobody is missing")
    }

    @Test func anAnswerAtOtherSettingsMakesItWrongBaudOrParity() {
        var found = device("meter", unit: 7, noReplies: 12, isSilent: true)
        found.foundAt = .init(unit: 7, format: SerialFormat(baud: 2_400, parity: .even))
        let verdicts = judge(well(2) + [found])
        #expect(kinds(verdicts) == [.wrongBaudOrParity])
        #expect(verdicts.first?.summary == "it answers at 2400 8E1, the bus is at 9600 8N1")
    }

    @Test func allDevicesAtOtherSettingsBlameThoseOfTheBus() {
        let other = SerialFormat(baud: 19_200, parity: .even)
        var devices = (1...3).map { device("d\($0)", unit: UInt8($0), noReplies: 8, isSilent: true) }
        for index in devices.indices { devices[index].foundAt = .init(unit: devices[index].unit, format: other) }
        let verdicts = judge(devices)
        #expect(kinds(verdicts) == [.wrongBaudOrParity])
        #expect(verdicts.first?.device == nil)
        #expect(kinds(judge([devices[0]] + well(2))) == [.wrongBaudOrParity])
        #expect(judge([devices[0]] + well(2)).first?.device == "d1")
    }

    @Test func garbledAnswersFromEveryDeviceBlameThePortsSettings() {
        let garbled = (1...3).map { device("d\($0)", unit: UInt8($0), spoiled: 12, hasEverAnswered: false) }
        #expect(kinds(judge(garbled)) == [.wrongBaudOrParity])
        // They were read before: the settings are right.
        let worn = (1...3).map { device("d\($0)", unit: UInt8($0), spoiled: 12, hasEverAnswered: true) }
        #expect(!kinds(judge(worn)).contains(.wrongBaudOrParity))
        #expect(!kinds(judge(garbled + well(1))).contains(.wrongBaudOrParity))
    }

    @Test func zerosInPlaceOfEveryAnswerMeanSwappedWires() {
        let mute = (1...3).map { device("d\($0)", unit: UInt8($0), spoiled: 10) { $0.zeros = 10 } }
        #expect(kinds(judge(mute)) == [.swappedWires])
        let one = [device("d1", unit: 1, spoiled: 10, isSilent: true) { $0.zeros = 10 }]
        #expect(!kinds(judge(one + well(2))).contains(.swappedWires))
    }

    @Test func nothingFromAnyDeviceIsADeadLine() {
        let mute = (1...3).map { device("d\($0)", unit: UInt8($0), noReplies: 8, isSilent: true) }
        #expect(kinds(judge(mute)) == [.deadLine])
        #expect(kinds(judge(mute + well(1))) == [.deadOrUnpowered, .deadOrUnpowered, .deadOrUnpowered])
        let before = (1...3).map {
            device("d\($0)", unit: UInt8($0), noReplies: 8, isSilent: true, hasEverAnswered: true)
        }
        #expect(!kinds(judge(before)).contains(.deadLine))
    }

    @Test func twoAnswersToOneRequestMeanTwoDevices() {
        let doubled = device("meter", unit: 7, answers: 200) { $0.doubled = 5 }
        #expect(kinds(judge(well(2) + [doubled])) == [.sharedAddress])
        let mixed = device("meter", unit: 7, answers: 60, spoiled: 80) { ($0.overlong, $0.headless) = (50, 10) }
        #expect(kinds(judge(well(2) + [mixed])) == [.sharedAddress])
        // Damage in the length that the answer has is not a second voice.
        let worn = device("meter", unit: 7, answers: 60, spoiled: 80)
        #expect(kinds(judge(well(2) + [worn])) == [.spoiltAtDevice])
        #expect(judge(well(2) + [device("meter", unit: 7, answers: 199, spoiled: 1) { $0.overlong = 1 }]).isEmpty)
    }

    @Test func reflectionsSpoilLongAnswersAllAlongTheLine() {
        let devices = (1...4).map {
            device("d\($0)", unit: UInt8($0), answers: 170, spoiled: 30) { $0.longSpoiled = 29 }
        }
        #expect(kinds(judge(devices)) == [.termination])
        let even = (1...4).map { device("d\($0)", unit: UInt8($0), answers: 170, spoiled: 30) }
        #expect(kinds(judge(even)) == [.noise])
        #expect(kinds(judge(well(3) + [devices[0]])) == [.spoiltAtDevice], "one device is not the line")
    }

    @Test func bytesOfAnIdleLineMeanMissingBias() {
        let noisy = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 195, spoiled: 5) { $0.noisy = 30 } }
        #expect(kinds(judge(noisy) { $0.line.idleNoise = 60 }) == [.bias])
        #expect(judge(well(3)) { $0.line.idleNoise = 2 }.isEmpty)
        // Devices that miss requests for the noise before them are not dead.
        let deaf = device("d9", unit: 9, answers: 20, noReplies: 9, isSilent: true)
        #expect(kinds(judge(noisy + [deaf]) { $0.line.idleNoise = 60 }) == [.bias])
        // One device that adds bytes before its answers is not the line.
        let one = device("d1", unit: 1, answers: 200) { $0.noisy = 100 }
        #expect(judge(well(3) + [one]).isEmpty)
    }

    @Test func onANoisyLineADeviceIsDeadWhenTheNoiseDoesNotExplainIt() {
        func line(_ failures: Int, others: [BusCase.Device]) -> [Verdict.Kind] {
            let silent = device("d9", unit: 9, noReplies: failures, isSilent: true)
            return kinds(judge(others + [silent]) { ($0.line.idleNoise, $0.line.lateNoise) = (90, 80) })
        }
        let little = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 190, spoiled: 10) }
        #expect(line(9, others: little) == [.noise])
        #expect(line(10, others: little) == [.noise, .deadOrUnpowered])
        // Where every other request fails for all, ten in a row happen.
        let much = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 100, noReplies: 40, spoiled: 60) }
        #expect(line(12, others: much) == [.noise])
        #expect(line(14, others: much) == [.noise, .deadOrUnpowered])
        let hardly = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 20, noReplies: 120, spoiled: 60) }
        #expect(line(39, others: hardly) == [.noise])
        #expect(line(40, others: hardly) == [.noise, .deadOrUnpowered])
    }

    @Test func noiseDoesNotHideThatASilentDeviceAnswersLate() {
        let slow = device("return", unit: 4, answers: 16, noReplies: 6, isSilent: true) {
            ($0.late, $0.lateBy) = (5, .milliseconds(110))
        }
        let verdicts = judge(well(3) + [slow]) { ($0.line.idleNoise, $0.line.lateNoise) = (60, 50) }
        #expect(kinds(verdicts) == [.noise, .tooSlow])
        // Another master's requests make any frame look late.
        let crowded = judge(well(3) + [slow]) {
            $0.line.foreignRequests = 9
            $0.line.foreignRequest = ReadRequest(unit: 1, function: 3, address: 0, count: 4)
        }
        #expect(kinds(crowded) == [.secondMaster])
    }

    @Test func bytesOutOfTheBlueAreNoise_notMissingBias() {
        #expect(kinds(judge(well(3)) { ($0.line.idleNoise, $0.line.lateNoise) = (60, 50) }) == [.noise])
        #expect(kinds(judge(well(3)) { ($0.line.idleNoise, $0.line.lateNoise) = (60, 10) }) == [.bias])
    }

    @Test func framesThatAnswerNothingNameTheDeviceThatSendsThem() {
        let babbler = device("boiler", unit: 5, answers: 150, spoiled: 20) { ($0.unasked, $0.doubled) = (9, 5) }
        let others = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 150, spoiled: 20) }
        let verdicts = judge(others + [babbler]) { ($0.line.idleNoise, $0.line.lateNoise) = (60, 50) }
        #expect(kinds(verdicts) == [.babbler], "and nothing of the frames that it meets")
        #expect(verdicts.first?.device == "boiler")
    }

    @Test func aSlowDeviceIsToldWhatTimeoutItNeeds() {
        let slow = device("drive", unit: 4, answers: 20, noReplies: 40, isSilent: true) {
            ($0.late, $0.lateBy) = (30, .milliseconds(130))
        }
        let verdicts = judge(well(3) + [slow])
        #expect(kinds(verdicts) == [.tooSlow])
        #expect(verdicts.first?.advice == "set `response_timeout: 1000ms` for this device")
        let never = device("drive", unit: 4, noReplies: 4, isSilent: true) {
            ($0.late, $0.lateBy) = (2, .milliseconds(150))
        }
        #expect(kinds(judge(well(3) + [never])) == [.tooSlow])
        let once = device("drive", unit: 4, answers: 199, noReplies: 1) { $0.late = 1 }
        #expect(judge(well(3) + [once]).isEmpty)
    }

    @Test func foreignRequestsMeanASecondMaster() {
        let verdicts = judge(well(3)) {
            $0.line.foreignRequests = 9
            $0.line.foreignRequest = ReadRequest(unit: 3, function: 3, address: 100, count: 4)
        }
        #expect(kinds(verdicts) == [.secondMaster])
        #expect(verdicts.first?.evidence.first?.contains("unit 3, function 3, address 100, count 4") == true)
        #expect(judge(well(3)) { $0.line.foreignRequests = 1 }.isEmpty)
        // Answers to it look like second answers, and collisions like noise.
        let mixed = (1...3).map { device("d\($0)", unit: UInt8($0), answers: 150, spoiled: 30) { $0.doubled = 30 } }
        let both = judge(mixed) {
            $0.line.foreignRequests = 9
            $0.line.foreignRequest = ReadRequest(unit: 1, function: 3, address: 0, count: 4)
        }
        #expect(kinds(both) == [.secondMaster])
    }

    @Test func aPortThatHearsItselfIsTold() {
        #expect(kinds(judge(well(3)) { $0.line.echoes = 500 }) == [.echo])
        #expect(judge(well(3)) { $0.line.echoes = 5 }.isEmpty)
    }

    @Test func everyVerdictSaysWhatItRestsOnAndWhatToDo() {
        let dead = device("meter", unit: 7, answers: 100, noReplies: 9, isSilent: true)
        let spoilt = device("drive", unit: 8, answers: 60, spoiled: 80)
        for verdict in judge(well(3) + [dead, spoilt]) {
            #expect(!verdict.summary.isEmpty && !verdict.evidence.isEmpty && !verdict.advice.isEmpty)
        }
    }
}
