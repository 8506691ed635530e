import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

@Suite struct QuarterHourTests {
    private let points = [point(0), point(1, type: .uint64), point(2, type: .float32)]

    /// 1,000 s after boot is 03:20 UTC; the quarter ends at 03:30.
    @Test func readingsAreGatheredByTheWallClocksQuarters() throws {
        var quarter = QuarterHour(points: points)
        quarter.use(Fixed.anchor)
        for (time, value) in [(1_000_000, 5), (1_599_999, 9)] as [(Int64, Int64)] {
            let closed = quarter.add(good(0, time, value), quality: .good, sample: .integer(value))
            #expect(closed == nil)
        }
        _ = quarter.add(bad(0, 1_599_999, .noReply), quality: .noReply, sample: nil)
        let early = quarter.tick(at(1_599_999))
        #expect(early == nil)
        let next = quarter.add(good(1, 1_600_000, -1), quality: .good, sample: .integer(-1))
        let closed = try #require(next)
        #expect(closed.number == 1_795_231_200 / 900)
        let record = try HistoryRecord.decode(closed.record)
        #expect(record.map(\.point) == [0])
        #expect(record.first?.statistics.raw?.mean == decimal("7"))
        let tick = quarter.tick(at(2_500_000))
        let last = try #require(tick)
        let unsigned = try HistoryRecord.decode(last.record).first
        #expect(unsigned?.statistics.raw?.high.double == 18_446_744_073_709_551_615.0)
        let nothing = quarter.close()
        #expect(nothing == nil)
    }

    @Test func beforeTheClockIsKnownNothingIsDated() throws {
        var quarter = QuarterHour(points: points)
        _ = quarter.add(good(0, 5_000, 1), quality: .good, sample: .integer(1))
        let undated = quarter.tick(at(900_001))
        #expect(undated == nil)
        // That one is gone; the next is dated when the clock becomes known within it.
        _ = quarter.add(good(0, 1_000_000, 3), quality: .good, sample: .integer(3))
        quarter.use(Fixed.anchor)
        let close = quarter.close()
        let closed = try #require(close)
        #expect(closed.number == 1_795_231_200 / 900)
        #expect(try HistoryRecord.decode(closed.record).first?.statistics.count == 1)
    }

    @Test func noiseIsRoundedOutwardsToFiveDigits() throws {
        var statistics = Statistics()
        for value in [71.234_567, 71.345_678] as [Float] { statistics.add(.float32(value)) }
        let record = try HistoryRecord.decode(HistoryRecord.encode([(0, statistics)]))
        let raw = try #require(record.first?.statistics.raw)
        #expect([raw.low, raw.mean, raw.high].map(\.description) == ["71.234", "71.29", "71.346"])
        for value in [0, 1e-20, 1e30, -5e11] as [Double] {
            var extreme = Statistics()
            extreme.add(.float64(value))
            extreme.add(.float64(value / 3))
            #expect(extreme.rounded(to: 5).raw != nil)
        }
    }

    @Test(arguments: UInt64(0)..<20)
    func damagedRecordsNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var statistics = Statistics()
        statistics.add(.integer(5))
        let record = HistoryRecord.encode((0..<20).map { ($0, statistics) })
        for _ in 0..<200 {
            var bytes = record
            bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            #expect(throws: BatchFormatError.self) { try HistoryRecord.decode(bytes) }
            _ = try? HistoryRecord.unpack(dictionary: bytes)
        }
        #expect(throws: BatchFormatError.self) { try HistoryRecord.decode([]) }
    }
}
