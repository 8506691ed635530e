import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct DeadBandTests {
    /// Milliseconds of the readings that were sent.
    func sent(_ point: PointDefinition, _ readings: [Reading]) -> [Int64] {
        var conditioner = Conditioner(points: [point])
        return readings.compactMap { conditioner.condition($0).reading?.time.milliseconds }
    }

    @Test func valueWithinTheBandOfTheLastOneSentIsSilent() {
        let band = point(0, scale: "0.1", deadBand: "0.3")
        let raw: [Int64] = [100, 103, 97, 104, 101, 107, 108]
        // 10.0 sent; 10.3 and 9.7 on the edge; 10.4 sent; 10.1 and 10.7 on its edge; 10.8 sent.
        #expect(
            sent(band, raw.enumerated().map { good(0, Int64($0.offset) * 10_000, $0.element) }) == [0, 30_000, 60_000])
    }

    @Test func floatsAreComparedAsExactDecimals() {
        // In float32, 0.3 - 0.1 is 0.20000002: the edge would be missed.
        let band = point(0, type: .float32, deadBand: "0.2")
        #expect(
            sent(band, [measured(0, 0, Float(0.1)), measured(0, 1, Float(0.3)), measured(0, 2, Float(0.30001))]) == [
                0, 2,
            ])
    }

    @Test func oneIsSentEveryMaxSilenceAtThePaceOfThePeriod() {
        let band = point(0, deadBand: "5", period: .every(.seconds(10)), maxSilence: .seconds(60))
        // Each reading is up to 40 ms early or late.
        let readings = (0..<20).map { good(0, Int64($0) * 10_000 + ($0 % 2 == 0 ? 40 : 0), Int64(1)) }
        #expect(sent(band, readings) == [40, 60_040, 120_040, 180_040])
    }

    @Test func withoutABandEverythingIsSent() {
        #expect(sent(point(0), (0..<5).map { good(0, $0, 1) }).count == 5)
    }

    @Test func bandOfZeroSendsChangesOnly() {
        let band = point(0, deadBand: "0")
        #expect(sent(band, [good(0, 0, 1), good(0, 1, 1), good(0, 2, 2)]) == [0, 2])
    }

    @Test func textWithABandIsSentWhenItChanges() {
        let band = point(0, type: .string, deadBand: "0")
        let texts = ["a", "a", "b"].enumerated().map {
            Reading(point: 0, time: at(Int64($0.offset)), quality: .good, sample: .text($0.element))
        }
        #expect(sent(band, texts) == [0, 2])
    }

    @Test func qualityChangesAreAlwaysSent() {
        let band = point(0, deadBand: "100")
        let readings = [good(0, 0, 1), bad(0, 1, .noReply), good(0, 2, 1), bad(0, 3, .noReply)]
        #expect(sent(band, readings) == [0, 1, 2, 3])
        let replaced = Reading(point: 0, time: at(1), quality: .substituted, sample: .integer(1))
        #expect(sent(band, [good(0, 0, 1), replaced, good(0, 2, 1)]) == [0, 1, 2])
    }

    @Test func unsignedNumbersBeyondTheSignedRangeKeepTheirDistance() {
        let band = point(0, type: .uint64, deadBand: "10")
        let top = Int64(bitPattern: UInt64(1) << 63)
        #expect(sent(band, [good(0, 0, top &- 1), good(0, 1, top &+ 5), good(0, 2, top &+ 20)]) == [0, 2])
    }

    @Test(arguments: UInt64(0)..<20)
    func bandOfIntegersAgreesWithDecimals(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let scale = ["0.1", "-0.3", "7", "0.0005"].randomElement(using: &random) ?? "1"
        let width = ["0.1", "0.25", "3", "0"].randomElement(using: &random) ?? "1"
        let definition = point(0, type: .int32, scale: scale, offset: "-3.7", deadBand: width)
        let band = DeadBand(definition, resolution: nil)
        for _ in 0..<200 {
            let a = Int64.random(in: -3_000...3_000, using: &random)
            let b = a + Int64.random(in: -40...40, using: &random)
            let scaling = ExactScaling(definition.scaling)
            let x = try #require(scaling.value(of: DecimalNumber(a)))
            let y = try #require(scaling.value(of: DecimalNumber(b)))
            let within = try #require(x.subtracting(y)).magnitude <= decimal(width)
            #expect(band.holds(.integer(b), .integer(a)) == within, "seed \(seed): \(a), \(b)")
        }
    }
}
