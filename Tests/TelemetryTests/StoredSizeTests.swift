import GatewayModel
import Testing

@testable import Telemetry

/// Bytes per reading of whole stored batches, header and checksum included.
@Suite struct StoredSizeTests {
    func bytesPerReading(_ form: SlowProcess.Form, cycles: Int, upTo largest: Double) throws -> Double {
        var process = SlowProcess(form, seed: 7, upTo: largest)
        var conditioner = Conditioner(points: process.points)
        let dictionary = PointDictionary(gateway: "g", points: process.points)
        var batch = OpenBatch(seal: .seconds(60), maximumReadings: 16_384)
        for _ in 0..<cycles {
            for reading in process.nextCycle() {
                let sent = try #require(conditioner.condition(reading).reading)
                #expect(batch.add(sent) == true)
            }
        }
        let boot = try #require(Fixed.boot)
        let sealed = batch.seal(now: at(0), boot: boot, anchor: Fixed.anchor, dictionary: dictionary.id)
        let stored = try #require(sealed).stored(as: Fixed.key)
        return Double(stored.bytes.count) / Double(2_000 * cycles)
    }

    @Test(arguments: [SlowProcess.Form.integers, .resolvedFloats, .decimalFloats], [100.0, 1_000])
    func slowProcessTakesTwoBytesAReadingAtOneCycleAndLessAtSix(form: SlowProcess.Form, largest: Double) throws {
        #expect(try bytesPerReading(form, cycles: 1, upTo: largest) <= 1.95)
        #expect(try bytesPerReading(form, cycles: 6, upTo: largest) <= 0.5)
    }

    @Test func noisyFloatsTakeLessThanTheirBits() throws {
        #expect(try bytesPerReading(.noisyFloats, cycles: 1, upTo: 100) <= 3.5)
        #expect(try bytesPerReading(.noisyFloats, cycles: 6, upTo: 100) <= 2.6)
    }

    @Test func pointsThatNeverChangeCostNextToNothing() throws {
        let readings = (0..<20).flatMap { cycle in (0..<200).map { good($0, Int64(cycle) * 10_000, Int64(215)) } }
        let body = BatchBody.encode(BatchContent(readings: readings), base: at(0))
        #expect(body.count < 200)
    }
}
