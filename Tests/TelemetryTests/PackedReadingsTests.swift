import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct PackedReadingsTests {
    @Test(arguments: UInt64(0)..<40)
    func everyReadingComesBackAsItWas(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let points = RandomBatch.points(&random)
        var readings = RandomBatch.content(&random, dictionary: points).readings
        // Bit patterns, not values: NaN, negative zero, a promised value that is missing.
        readings += [.float32(-0.0), .float32(.nan), .float64(.infinity), .integer(.min), .text(""), nil].map {
            Reading(point: 1, time: at(.random(in: 0...9, using: &random)), quality: .good, sample: $0)
        }
        readings.shuffle(using: &random)
        let packed = PackedReadings(readings)
        #expect(packed.count == readings.count, "seed \(seed)")
        // NaN differs from itself: compare what is printed.
        #expect(packed.indices.map { "\(packed[$0])" } == readings.map { "\($0)" }, "seed \(seed)")
        #expect(packed.span?.lowerBound == readings.map(\.time).min(), "seed \(seed)")
        #expect(packed.span?.upperBound == readings.map(\.time).max(), "seed \(seed)")
    }

    @Test func takesAsManyAsABatchMayHoldEachAtItsOwnTime() {
        var packed = PackedReadings()
        for i in 0..<Int64(PackedReadings.capacity) where !packed.append(good(3, i, i)) {
            Issue.record("reading \(i) not taken")
        }
        #expect(packed.append(good(3, 0, 0)) == false)
        #expect(packed.count == 65_536)
        #expect(packed[65_535] == good(3, 65_535, 65_535))
    }

    @Test func refusesPointsThatTheFormatHasNoNumberFor() {
        var packed = PackedReadings()
        #expect(packed.append(good(-1, 0, 0)) == false)
        #expect(packed.append(good(1 << 20, 0, 0)) == false)
        #expect(packed.append(good((1 << 20) - 1, 0, 0)) == true)
    }

    @Test func isEmptyAfterwardsAndForgetsNothingOfTheNext() {
        var packed = PackedReadings([good(0, 1, 1), Reading(point: 1, time: at(1), quality: .good, sample: .text("a"))])
        packed.removeAll()
        #expect(packed.isEmpty && packed.span == nil)
        let next = Reading(point: 2, time: at(5), quality: .good, sample: .text("b"))
        #expect(packed.append(next) == true)
        #expect(packed[0] == next)
    }
}
