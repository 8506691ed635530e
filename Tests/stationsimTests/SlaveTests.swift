import Foundation
import Testing

@testable import stationsim

@Suite struct SlaveTests {
    private func slave(_ text: String) throws -> (Slave, Scenario) {
        let scenario = try ScenarioReader.read(Data(text.utf8))
        let board = SignalBoard()
        _ = SignalEngine(scenario.signals, tick: scenario.tick, seed: 1, board: board)
        let device = try #require(scenario.buses[0].devices.first)
        return (Slave(device, seed: 1, board: board), scenario)
    }

    private func bytes(_ hex: String) -> [UInt8] {
        hex.split(separator: " ").compactMap { UInt8($0, radix: 16) }
    }

    /// The examples of MODBUS Application Protocol V1.1b3, 6.1 to 6.4.
    @Test(arguments: [
        ("coil", 19, [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1], "01 00 13 00 13", "01 03 CD 6B 05"),
        (
            "discrete", 196, [0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1], "02 00 C4 00 16",
            "02 03 AC DB 35"
        ),
        ("holding", 107, [555, 0, 100], "03 00 6B 00 03", "03 06 02 2B 00 00 00 64"),
        ("input", 8, [10], "04 00 08 00 01", "04 02 00 0A"),
    ])
    func theStandardsExamples_areAnsweredToTheByte(
        table: String, address: Int, values: [Int], request: String, answer: String
    ) throws {
        let points = values.enumerated().map {
            #"{point: "p\#($0)", table: "\#(table)", address: \#(address + $0), signal: \#($1)}"#
        }
        var (slave, _) = try slave(oneDevice(points: points.joined(separator: ",")))
        let answered = slave.answer(bytes(request)[...], at: 0)
        let reply = try #require(answered)
        #expect(reply.pdu == bytes(answer))
        #expect(reply.served.values.map(\.json) == values.map(String.init))
    }

    @Test(arguments: [
        ("06 00 0A 00 01", "86 01"), ("01 00 0A 00 01", "81 02"), ("04 00 0A 00 01", "84 01"),
        ("03 00 09 00 02", "83 02"),
        ("03 00 0A 00 00", "83 03"), ("03 00 0A 00 09", "83 03"), ("03 00 0A", "83 03"), ("03 FF FF 00 02", "83 02"),
    ])
    func whatADeviceDoesNotDo_isAnException(request: String, answer: String) throws {
        var (slave, _) = try slave(
            oneDevice(
                points: temperature, extra: ", functions: [1, 3], max_registers: 8, readable: {holding: [[20, 29]]}"))
        #expect(slave.answer(bytes(request)[...], at: 0)?.pdu == bytes(answer))
    }

    @Test func aDeclaredRange_readsZeroWhereNoPointIs() throws {
        var (slave, _) = try slave(oneDevice(points: temperature, extra: ", readable: {holding: [[8, 9], [11, 12]]}"))
        #expect(slave.answer(bytes("03 00 08 00 05")[...], at: 0)?.pdu == bytes("03 0A 00 00 00 00 00 D7 00 00 00 00"))
    }

    @Test func aValueThatLiesHalfInTheAnswer_isNotServed() throws {
        let points = #"{point: "f", address: 4, encode: "f32", signal: "c"}, {point: "n", address: 6, signal: 7}"#
        var (slave, _) = try slave(oneDevice(points: points))
        #expect(slave.answer(bytes("03 00 05 00 02")[...], at: 0)?.served.values.map(\.point) == ["n"])
        #expect(slave.answer(bytes("03 00 04 00 03")[...], at: 0)?.served.values.map(\.point) == ["f", "n"])
    }

    @Test func bitsOfOneRegister_areValuesOfTheirOwn() throws {
        let points = """
            {point: "run", address: 3, bit: 2, signal: 1}, {point: "trip", address: 3, bit: 3, signal: 0},
            {point: "ready", address: 3, bit: 15, signal: 1}
            """
        var (slave, _) = try slave(oneDevice(points: points))
        let answered = slave.answer(bytes("03 00 03 00 01")[...], at: 0)
        let reply = try #require(answered)
        #expect(reply.pdu == bytes("03 02 80 04"))
        #expect(reply.served.values.map(\.json) == ["1", "0", "1"])
    }

    @Test func faults_lastFromTheirBeginToTheirEnd() throws {
        let fault = #"{device: "meter", kind: "dead", from: "5s", to: "7s"}"#
        var (slave, _) = try slave(oneDevice(points: temperature, faults: fault))
        let request = bytes("03 00 0A 00 01")[...]
        #expect(slave.answer(request, at: 4_999_999_999) != nil)
        #expect(slave.answer(request, at: 5_000_000_000) == nil)
        #expect(slave.answer(request, at: 6_999_999_999) == nil)
        #expect(slave.answer(request, at: 7_000_000_000) != nil)
    }

    @Test func holes_areRefusedAsSoonAsARequestTouchesThem() throws {
        let fault = #"{device: "meter", kind: "exception-on-gap", holes: {holding: [[11, 12]]}}"#
        var (slave, _) = try slave(
            oneDevice(points: temperature, extra: ", readable: {holding: [[0, 30]]}", faults: fault))
        #expect(slave.answer(bytes("03 00 0A 00 01")[...], at: 0)?.pdu == bytes("03 02 00 D7"))
        #expect(slave.answer(bytes("03 00 0A 00 02")[...], at: 0)?.pdu == bytes("83 02"))
        #expect(slave.answer(bytes("03 00 0D 00 05")[...], at: 0)?.served.event == nil)
    }

    @Test func turnarounds_stayWithinTheirJitter() throws {
        var (slave, _) = try slave(
            oneDevice(points: temperature).replacing(
                #"turnaround: "4ms""#, with: #"turnaround: {typical: "20ms", jitter: "15ms"}"#))
        let delays = (0..<500).compactMap { _ in slave.answer(bytes("03 00 0A 00 01")[...], at: 0)?.delay }
        #expect(delays.min() ?? 0 >= 5_000_000 && delays.max() ?? 0 <= 35_000_000)
        #expect((delays.max() ?? 0) - (delays.min() ?? 0) > 25_000_000)
    }
}
