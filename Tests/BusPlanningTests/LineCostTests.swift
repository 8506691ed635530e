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

    @Test func aDeviceOfItsOwnSpeedAndProtocolCostsWhatItsFramesTake() throws {
        let bus = BusConnection.serial(path: "/dev/ttyS1", format: SerialFormat())
        let number = try #require(MeterNumber("112233445566", digits: 12))
        let slow = SerialFormat(baud: 2_400, parity: .even)
        func line(_ address: DeviceAddress, _ format: SerialFormat?) -> LineCost {
            LineCost(
                bus, device: DeviceConfiguration(id: "d", bus: "b", address: address, format: format, points: 0..<0))
        }
        #expect(line(.modbus(unit: 1), nil) == LineCost(bus))
        let meter = line(.dlt645(number), slow)
        // 20 characters of request and 28 of answer, 11 bits each at 2400 baud; the silence is that of the slower side.
        #expect(meter.requestTime == meter.time(characters: 20))
        #expect(meter.answerTime(.holding, count: 1) == meter.time(characters: 28))
        #expect(abs(meter.time(characters: 48) - 220_000_000) <= 1)
        #expect(meter.silence == LineCost.silence(slow))
        let fast = line(.modbus(unit: 1), SerialFormat(baud: 19_200))
        #expect(fast.silence == LineCost.silence(SerialFormat()), "the bus's own, slower silence comes first")
        #expect(fast.requestTime < LineCost(bus).requestTime)
    }
}
