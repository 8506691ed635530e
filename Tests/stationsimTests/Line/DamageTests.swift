import Foundation
import SerialLine
import Testing

@testable import stationsim

/// Whether an answer counts as served: what the port made of it, also when something came across in the middle.
@Suite struct DamageTests {
    private let start: Nanoseconds = 1_000_000_000
    private let settings = SerialSettings(baud: 9600)
    private let frame: [UInt8] = [17, 3, 2, 0, 215, 0x38, 0x19]

    private func line() throws -> SerialLineSimulation {
        let scenario = try ScenarioReader.read(Data(oneDevice(points: temperature).utf8))
        guard case .serial(let serial) = scenario.buses[0].medium else { throw ScenarioError(path: "", problem: "") }
        let context = BusContext(
            board: SignalBoard(), meter: LineMeter(bus: "line"), truth: nil, stop: try #require(StopSignal()), seed: 1,
            isFast: false, start: 0)
        return SerialLineSimulation(scenario.buses[0], serial, directory: "/nowhere", context: context)
    }

    /// The first characters handed over as they are, the rest through the UART beside another driver.
    private func damage(straight: Int, other: [UInt8], after: Nanoseconds) throws -> String? {
        var line = try line()
        line.add(
            frame, at: start, settings, by: .device("meter"),
            .answer(Served(device: "meter", values: []), requestTime: 0, master: nil))
        line.add(other, at: start + after, settings, by: .noise, .noise)
        line.outgoing[0].straight = straight
        line.outgoing[0].way = .heard
        line.uart.skip(to: start + settings.timing.characters(straight))
        line.listen(until: start + 50_000_000)
        return line.damage(to: line.outgoing[0])
    }

    @Test func noiseIntoTheLastStopBitOnly_harmsNothing() throws {
        let late = settings.timing.characters(7) - 20_000
        #expect(try damage(straight: 6, other: [0xFF], after: late) == nil)
        #expect(try damage(straight: 0, other: [0xFF], after: late) == nil)
    }

    @Test func noiseIntoACharacter_isACollision() throws {
        let middle = settings.timing.characters(4) + 150_000
        #expect(try damage(straight: 4, other: [0x00, 0x00], after: middle) == "collision")
        #expect(try damage(straight: 0, other: [0x00, 0x00], after: middle) == "collision")
    }
}
