import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct ResolutionTests {
    func stored(_ sample: Sample, _ point: PointDefinition) -> Sample? {
        var conditioner = Conditioner(points: [point])
        return conditioner.condition(Reading(point: 0, time: at(0), quality: .good, sample: sample)).sample
    }

    @Test func valueBecomesAMultipleOfTheResolution() {
        #expect(stored(.float32(71.34), point(0, type: .float32, resolution: "0.1")) == .integer(713))
        #expect(stored(.float32(71.35), point(0, type: .float32, resolution: "0.1")) == .integer(714))
        #expect(stored(.float32(-71.35), point(0, type: .float32, resolution: "0.1")) == .integer(-714))
        #expect(stored(.float64(0.125), point(0, type: .float64, resolution: "0.25")) == .integer(1))
        #expect(stored(.integer(-15), point(0, scale: "0.1", resolution: "1")) == .integer(-2))
        #expect(stored(.integer(7), point(0, scale: "0.1", offset: "0.25", resolution: "0.5")) == .integer(2))
        #expect(stored(.integer(-1), point(0, type: .uint64, resolution: "10")) == .integer(1_844_674_407_370_955_162))
    }

    @Test func dictionaryThenScalesByTheResolution() throws {
        let rounded = point(0, type: .float32, scale: "2", offset: "5", resolution: "0.1")
        let described = try #require(PointDictionary(gateway: "g", points: [rounded]).points.first)
        #expect(described.scaling == .linear(scale: decimal("0.1"), offset: .zero))
        #expect(described.value(of: .integer(713)) == decimal("71.3"))
    }

    @Test func resolutionHasNoMeaningForTextAndTruthValues() {
        #expect(stored(.text("a"), point(0, type: .string, resolution: "0.1")) == .text("a"))
        #expect(stored(.integer(1), point(0, type: .bit, resolution: "10")) == .integer(1))
    }

    @Test func valueTooLargeForItsResolutionIsOutOfRange() {
        var conditioner = Conditioner(points: [point(0, type: .float32, resolution: "0.1")])
        let result = conditioner.condition(Reading(point: 0, time: at(0), quality: .good, sample: .float32(1e30)))
        #expect(result.quality == .outOfRange && result.sample == nil)
    }

    /// The way through 64-bit integers must agree with the one through decimals.
    @Test(arguments: UInt64(0)..<20)
    func roundingOfIntegersAgreesWithDecimals(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let digits = ["1", "0.1", "0.25", "-0.003", "2e3"].randomElement(using: &random) ?? "1"
        let offset = ["0", "0.05", "-40"].randomElement(using: &random) ?? "0"
        let step = ["0.1", "0.5", "3", "0.007"].randomElement(using: &random) ?? "1"
        let definition = point(0, type: .int32, scale: digits, offset: offset, resolution: step)
        for _ in 0..<200 {
            let raw = Int64(Int32(truncatingIfNeeded: random.next()) >> Int32.random(in: 0...30, using: &random))
            let value = try #require(ExactScaling(definition.scaling).value(of: DecimalNumber(raw)))
            let expected = try #require(value.rounded(toMultiplesOf: decimal(step)))
            #expect(stored(.integer(raw), definition) == .integer(expected), "seed \(seed), raw \(raw)")
        }
    }
}
