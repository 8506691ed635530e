import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite struct ScanAnswerTests {
    private func step(_ target: ScanTarget) -> ScanStep {
        ScanStep(target, SerialFormat(), timeout: .milliseconds(50))
    }

    private func identities(_ bytes: [UInt8], _ target: ScanTarget) -> [ScanFinding.Identity] {
        ScanAnswer.findings(in: bytes, to: step(target), turnaround: 0).map(\.identity)
    }

    @Test func questionsOnlyRead() {
        #expect(step(.modbus(unit: 5)).request == sealed([5, 3, 0, 0, 0, 1]))
        #expect(step(.anyDLT645).request == hex("FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16"))
        #expect(step(.mbus(address: 5)).request == hex("10 7B 05 80 16"))
        #expect(step(.cjt188(.lowFirst, data: true)).request.dropFirst(4).starts(with: [0x68, 0xAA, 0xAA]))
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
        #expect(identities([0xFE, 0xFE] + answer.bytes, .anyDLT645) == [.dlt645(address: "112233445566")])
        let header: [UInt8] = [0x17, 0x58, 0x85, 0x06, 0x2D, 0x2C, 8, 4, 1, 0, 0, 0]
        let long = MBusFrame.long(control: 8, address: 9, information: 0x72, data: header)
        #expect(identities(long.bytes, .mbus(address: 9)) == [.mbus(address: 9, meter: "06855817.KAM.08.04")])
        #expect(identities([0xE5], .mbus(address: 9)) == [.mbus(address: 9, meter: "")], "it has no data")
        #expect(identities([0xE5], .anyMBus) == [], "whoever that is")
        #expect(identities(long.bytes, .mbus(address: 8)) == [])
    }

    @Test func registersOfADeviceAreReadOrRefused() {
        let target = ScanTarget.registers(unit: 5, table: .input, address: 10, count: 2)
        func data(_ bytes: [UInt8]) -> [[UInt8]] {
            ScanAnswer.findings(in: bytes, to: step(target), turnaround: 0).map(\.data)
        }
        #expect(data(sealed([5, 4, 4, 1, 2, 3, 4])) == [[1, 2, 3, 4]])
        #expect(data(sealed([5, 0x84, 2])) == [[]])
        #expect(data(sealed([5, 4, 2, 1, 2])) == [], "of another length")
        #expect(data(sealed([6, 4, 4, 1, 2, 3, 4])) == [], "of another unit")
    }

    @Test(arguments: 0..<30) func anyBytesAreTakenWithoutATrap(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let targets: [ScanTarget] = [
            .modbus(unit: 1), .anyDLT645, .cjt188(.highFirst, data: true), .mbus(address: 1), .anyMBus,
            .mbusRead(ScanTarget.everyMBusNumber), .registers(unit: 1, table: .coil, address: 0, count: 9),
        ]
        for _ in 0..<100 {
            var bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if !bytes.isEmpty { bytes[0] = 0x68 }
            for target in targets { #expect(identities(bytes, target).count <= 60) }
        }
    }
}
