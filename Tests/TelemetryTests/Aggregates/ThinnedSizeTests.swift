import Foundation
import GatewayModel
import Testing

@testable import Telemetry

/// What thinning and re-blocking save: whole stored batches of one cycle of 2,000 points each, 10 s apart.
@Suite struct ThinnedSizeTests {
    private func sizes(_ form: SlowProcess.Form, cycles: Int) throws -> (plain: Int, reblocked: Int, minutes: Int) {
        var process = SlowProcess(form, seed: 7, upTo: 100)
        let dictionary = PointDictionary(gateway: "g", points: process.points)
        let classes = PointClasses(dictionary.points)
        let boot = try #require(Fixed.boot)
        var conditioner = Conditioner(points: process.points)
        let plain = try (1...cycles).map { (number: Int) -> BatchEnvelope in
            let readings = process.nextCycle().compactMap { conditioner.condition($0).reading }
            let batch = try sealed(BatchContent(readings: readings), dictionary: dictionary)
            return BatchEnvelope(batch: batch, key: BatchKey(epoch: Fixed.epoch, sequence: UInt64(number)))
        }
        func merged(_ mode: BatchMerger.Mode, by count: Int) throws -> Int {
            var bytes = 0
            for start in stride(from: 0, to: cycles, by: count) {
                var merger = BatchMerger(mode, classes: classes, anchor: Fixed.anchor, day: { $0 / 86_400_000 })
                for envelope in plain[start..<min(cycles, start + count)] { try merger.add(envelope) }
                let batch = try #require(
                    merger.sealed(boot: boot, anchor: Fixed.anchor, dictionary: dictionary.id))
                bytes += batch.stored(as: Fixed.key).bytes.count
            }
            return bytes
        }
        // As the store does it: 16,384 readings in one, or 32,768 in one thinned batch.
        return (
            plain.reduce(0) { $0 + $1.encoded().count }, try merged(.reblock, by: 8),
            try merged(.thin(width: 60_000), by: 16)
        )
    }

    /// `DG_LONG=1`: half an hour of readings, thinned twice. Minutes in a debug build.
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["DG_LONG"] != nil),
        arguments: [SlowProcess.Form.integers, .noisyFloats])
    func aQuarterOfAnHourTakesLittle(form: SlowProcess.Form) throws {
        let cycles = 180
        var process = SlowProcess(form, seed: 7, upTo: 100)
        let dictionary = PointDictionary(gateway: "g", points: process.points)
        let classes = PointClasses(dictionary.points)
        let boot = try #require(Fixed.boot)
        var minutes: [BatchEnvelope] = []
        var plain = 0
        func merger(_ width: Int64) -> BatchMerger {
            BatchMerger(.thin(width: width), classes: classes, anchor: Fixed.anchor, day: { $0 / 86_400_000 })
        }
        for _ in 0..<(cycles / 36) {
            var six = merger(60_000)
            for _ in 0..<36 {
                let batch = try sealed(BatchContent(readings: process.nextCycle()), dictionary: dictionary)
                plain += batch.stored(as: Fixed.key).bytes.count
                try six.add(BatchEnvelope(batch: batch, key: Fixed.key))
            }
            let batch = try #require(six.sealed(boot: boot, anchor: Fixed.anchor, dictionary: dictionary.id))
            minutes.append(BatchEnvelope(batch: batch, key: Fixed.key))
        }
        var quarters = merger(900_000)
        for envelope in minutes { try quarters.add(envelope) }
        let batch = try #require(quarters.sealed(boot: boot, anchor: Fixed.anchor, dictionary: dictionary.id))
        let sizes = [plain, minutes.reduce(0) { $0 + $1.encoded().count }, batch.stored(as: Fixed.key).bytes.count]
        print("\(form): bytes as sealed, in minutes, in quarters of an hour:", sizes, "of \(2_000 * cycles) readings")
        #expect(sizes[2] * 4 < sizes[1])
    }

    @Test(arguments: [SlowProcess.Form.integers, .noisyFloats])
    func savesSpace(form: SlowProcess.Form) throws {
        let cycles = 16
        let (plain, reblocked, minutes) = try sizes(form, cycles: cycles)
        func perReading(_ bytes: Int) -> Double { (Double(bytes) / Double(2_000 * cycles) * 100).rounded() / 100 }
        print(
            "\(form): \(perReading(plain)) B a reading as sealed, \(perReading(reblocked)) re-blocked,",
            "\(perReading(minutes)) as 1-minute aggregates")
        #expect(Double(reblocked) < Double(plain) * (form == .integers ? 0.4 : 0.8))
        #expect(Double(minutes) < Double(plain) * (form == .integers ? 0.5 : 0.7))
    }
}
