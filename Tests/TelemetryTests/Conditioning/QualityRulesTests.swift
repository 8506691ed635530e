import GatewayModel
import Testing

@testable import Telemetry

@Suite struct QualityRulesTests {
    func quality(_ sample: Sample, _ point: PointDefinition) -> Quality {
        var conditioner = Conditioner(points: [point])
        let reading = Reading(point: 0, time: at(0), quality: .good, sample: sample)
        return conditioner.condition(reading).quality
    }

    @Test func markerForNoValueHasNoValue() {
        #expect(quality(.integer(-32_768), point(0, noValue: ["-32768"])) == .noValue)
        #expect(quality(.integer(-32_768), point(0, noValue: ["32768"])) == .noValue)
        #expect(quality(.integer(-32_767), point(0, noValue: ["-32768"])) == .good)
        #expect(quality(.integer(-1), point(0, type: .uint64, noValue: ["18446744073709551615"])) == .noValue)
        #expect(quality(.float32(-999.9), point(0, type: .float32, noValue: ["-999.9"])) == .noValue)
        #expect(quality(.float64(1e30), point(0, type: .float64, noValue: ["1e30"])) == .noValue)
    }

    @Test func floatThatIsNoNumberHasNoValue() {
        for value in [Float.nan, .infinity, -.infinity] {
            #expect(quality(.float32(value), point(0, type: .float32)) == .noValue)
            #expect(quality(.float64(Double(value)), point(0, type: .float64)) == .noValue)
        }
    }

    @Test func rawLimitsMeanABrokenSensorAndValueLimitsAValueOutOfRange() {
        let current = point(
            0, type: .uint16, scale: "0.001", validRaw: decimal("3600")...decimal("21000"),
            validValue: decimal("4")...decimal("20"))
        #expect(quality(.integer(3_599), current) == .sensorBroken)
        #expect(quality(.integer(21_001), current) == .sensorBroken)
        #expect(quality(.integer(3_600), current) == .outOfRange)
        #expect(quality(.integer(20_001), current) == .outOfRange)
        #expect(quality(.integer(4_000), current) == .good)
        #expect(quality(.integer(20_000), current) == .good)
    }

    @Test(arguments: [RegisterType.int16, .uint64, .float32, .float64])
    func limitsHoldForEveryType(type: RegisterType) {
        let limited = point(
            0, type: type, scale: "-0.1", offset: "50", validRaw: decimal("100.5")...decimal("400"),
            validValue: decimal("20")...decimal("39.9"))
        func sample(_ raw: Int) -> Sample {
            switch type {
            case .float32: .float32(Float(raw))
            case .float64: .float64(Double(raw))
            default: .integer(Int64(raw))
            }
        }
        let expected: [(Int, Quality)] = [
            (100, .sensorBroken), (101, .good), (300, .good), (301, .outOfRange), (400, .outOfRange),
            (401, .sensorBroken),
        ]
        for (raw, quality) in expected { #expect(self.quality(sample(raw), limited) == quality, "\(raw)") }
    }

    @Test func limitsBetweenWholeNumbersLetNothingThrough() {
        #expect(quality(.integer(1), point(0, validRaw: decimal("0.4")...decimal("0.6"))) == .sensorBroken)
        #expect(quality(.integer(0), point(0, validRaw: decimal("0.4")...decimal("0.6"))) == .sensorBroken)
    }

    @Test func sampleOfAnotherKindThanThePointHasNoValue() {
        #expect(quality(.text("x"), point(0)) == .noValue)
        #expect(quality(.integer(1), point(0, type: .string)) == .noValue)
    }

    @Test func qualityFromTheBusIsKeptAndCarriesNoSample() {
        var conditioner = Conditioner(points: [point(0)])
        let result = conditioner.condition(
            Reading(point: 0, time: at(0), quality: .checksum, sample: .integer(5)))
        #expect(result.quality == .checksum && result.sample == nil && result.reading?.sample == nil)
    }
}
