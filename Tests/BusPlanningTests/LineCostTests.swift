import BusPlanning
import GatewayModel
import Testing

@Suite struct LineCostTests {
    private func serial(_ baud: Int, _ parity: Parity = .none, stopBits: Int = 1) -> LineCost {
        LineCost(.serial(path: "/dev/x", format: SerialFormat(baud: baud, parity: parity, stopBits: stopBits)))
    }

    @Test func silenceIsThreeAndAHalfCharactersUpTo19200Baud() {
        // 38.5 bits (8E1) and 35 bits (8N1): the figures of the serial line specification's own table.
        #expect(serial(9_600, .even).silence == 4_010_417)
        #expect(serial(19_200, .even).silence == 2_005_209)
        #expect(serial(9_600).silence == 3_645_834)
        #expect(serial(1_200, .even).silence == 32_083_334)
    }

    @Test(arguments: [38_400, 57_600, 115_200, 921_600])
    func silenceIsFixedAbove19200Baud(baud: Int) {
        #expect(serial(baud).silence == 1_750_000)
    }

    @Test func aReadOfTenRegistersAt9600CostsItsCharactersSilenceAndTurnaround() {
        let line = serial(9_600)
        let timing = DeviceTiming(guardTime: .milliseconds(5), turnaround: .milliseconds(20))
        // 8 + 5 + 20 characters of 10 bits: 34.375 ms on the wire.
        let wire = Int64(34_375_000)
        let cost = line.cost(.holding, count: 10, device: timing)
        #expect(abs(cost - (wire + 3_645_834 + 25_000_000)) <= 2)
    }

    @Test func eightBitsShareACharacter() {
        let line = serial(9_600)
        #expect(line.answerTime(.coil, count: 8) == line.answerTime(.coil, count: 1))
        #expect(line.answerTime(.coil, count: 9) - line.answerTime(.coil, count: 8) == line.time(characters: 1))
        #expect(line.answerTime(.input, count: 9) == line.time(characters: 23))
    }

    @Test func overTCPOnlyTheRoundTripCounts() {
        let line = LineCost(.modbusTCP(host: "plc", port: 502))
        let timing = DeviceTiming(turnaround: .milliseconds(4))
        #expect(line.silence == 0)
        #expect(line.cost(.holding, count: 125, device: timing) < .milliseconds(4) + .microseconds(25))
        #expect(line.cost(.holding, count: 1, device: timing) > .milliseconds(4))
    }
}
