import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct BatchBodyTests {
    @Test(arguments: UInt64(0)..<300)
    func everyBatchReadsBackAsItWasWritten(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let content = RandomBatch.content(&random, dictionary: RandomBatch.points(&random))
        let base = content.readings.map(\.time).min() ?? at(1_000)
        let body = BatchBody.encode(content, base: base)
        let decoded = try BatchBody.decode(body, base: base)
        #expect(decoded == RandomBatch.asStored(content), "seed \(seed)")
        #expect(BatchBody.encode(decoded, base: base) == body, "seed \(seed)")
    }

    @Test func pointsReadTogetherShareOneListOfTimes() throws {
        // 100 points, the same 50 irregular times each: a list of their own would cost at least a byte per reading.
        var random = SeededGenerator(seed: 1)
        let times = (0..<50).map { Int64($0) * 10_000 + Int64.random(in: 0..<5_000, using: &random) }
        let readings = (0..<100).flatMap { point in times.map { good(point, $0, 0) } }
        let body = BatchBody.encode(BatchContent(readings: readings), base: at(0))
        #expect(body.count < 400)
    }
}
