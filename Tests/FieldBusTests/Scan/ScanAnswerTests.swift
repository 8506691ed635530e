import GatewayModel
import Testing

@testable import FieldBus

@Suite struct ScanAnswerTests {
    private func step(_ target: ScanStep.Target) -> ScanStep {
        ScanStep(target, SerialFormat(), timeout: .milliseconds(50))
    }

    private func identities(_ bytes: [UInt8], _ target: ScanStep.Target) -> [ScanFinding.Identity] {
        ScanAnswer.findings(in: bytes, to: step(target), turnaround: 0).map(\.identity)
    }

    @Test func questionsOnlyRead() {
        #expect(step(.modbus(unit: 5)).request == sealed([5, 3, 0, 0, 0, 1]))
        #expect(step(.dlt645).request == hex("FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16"))
        #expect(step(.mbus(address: 5)).request == hex("10 7B 05 80 16"))
        #expect(step(.cjt188(.lowFirst)).request.dropFirst(4).starts(with: [0x68, 0xAA, 0xAA]))
    }

    @Test func valuesExceptionsAndLateAnswersShowWhoIsThere() {
        #expect(identities(sealed([5, 3, 2, 0, 1]), .modbus(unit: 5)) == [.modbus(unit: 5)])
        let refused = ScanAnswer.findings(in: sealed([5, 0x83, 2]), to: step(.modbus(unit: 5)), turnaround: 0)
        #expect(refused.map(\.refused) == [true])
        let both = sealed([4, 3, 2, 0, 1]) + [0xFF] + sealed([5, 3, 2, 0, 1])
        #expect(identities(both, .modbus(unit: 5)) == [.modbus(unit: 4), .modbus(unit: 5)])
        #expect(identities(step(.modbus(unit: 5)).request, .modbus(unit: 5)) == [], "an echo is nobody")
        #expect(identities([5, 3, 2, 0, 1, 0, 0], .modbus(unit: 5)) == [])
    }

    @Test func metersTellTheirAddress() throws {
        let number = try #require(MeterNumber("112233445566", digits: 12))
        let control = DLT645Control(rawValue: 0x93)
        let answer = DLT645Frame(address: number, control: control, data: number.wireBytes)
        #expect(identities([0xFE, 0xFE] + answer.bytes, .dlt645) == [.dlt645(address: "112233445566")])
        let long = MBusFrame.long(control: 8, address: 9, information: 0x72, data: [1, 2, 3])
        #expect(identities(long.bytes, .mbus(address: 9)) == [.mbus(address: 9)])
        #expect(identities(long.bytes, .mbus(address: 8)) == [])
    }

    @Test(arguments: 0..<30) func anyBytesAreTakenWithoutATrap(seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let targets: [ScanStep.Target] = [.modbus(unit: 1), .dlt645, .cjt188(.highFirst), .mbus(address: 1)]
        for _ in 0..<100 {
            var bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = 0x68 }
            for target in targets { #expect(identities(bytes, target).count <= 60) }
        }
    }
}
