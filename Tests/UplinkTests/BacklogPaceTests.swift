import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite struct BacklogPaceTests {
    private func at(_ milliseconds: Int64) -> BootTime { BootTime(nanoseconds: .milliseconds(milliseconds)) }

    private func pace(share: Int = 50) -> BacklogPace {
        var pace = BacklogPace(.init(share: share))
        pace.begin(start: at(0))
        return pace
    }

    /// One full burst on a line that carries `rate` bytes a second after `latency`; returns when it was acknowledged.
    private func burst(
        _ pace: inout BacklogPace, from start: Int64, batch: Int = 1_000, rate: Int64 = 5_000, latency: Int64 = 0
    ) -> Int64 {
        var (sent, count) = (0, 0)
        while pace.maySend(batch, at(start)) {
            pace.sent(batch, at(start))
            sent += batch
            count += 1
        }
        for number in 1...Int64(count) {
            let done = start + latency + number * Int64(batch) * 1000 / rate
            pace.acknowledged(batch, isBacklog: true, sent: at(start), at(done))
        }
        return start + latency + Int64(sent) * 1000 / rate
    }

    @Test func aBurstIsFollowedByARestThatKeepsTheShare() throws {
        for share in [10, 25, 50, 80, 100] {
            var pace = pace(share: share)
            let end = burst(&pace, from: 0)
            let until = try #require(pace.restsUntil)
            let (busy, whole) = (end, until.milliseconds)
            #expect(abs(Double(busy) * 100 / Double(whole) - Double(share)) < 15, "share \(share)")
            #expect(Double(busy) * 100 / Double(whole) <= Double(share) + 7, "share \(share)")
            let (before, after) = (pace.maySend(1_000, until - 1), pace.maySend(1_000, until))
            #expect(before == (share == 100) || end == until.milliseconds)
            #expect(after)
        }
    }

    @Test func aBurstComesToWhatTheLinkCarriesInTwoSeconds() throws {
        var pace = pace()
        var now: Int64 = 0
        for _ in 0..<12 {
            _ = burst(&pace, from: now)
            now = try #require(pace.restsUntil).milliseconds
        }
        #expect((8_000...12_000).contains(pace.burstBytes))
        let rate = try #require(pace.linkRate)
        #expect(abs(rate - 5_000) < 1_000)
        // Half of 5 kB/s in batches of 1 kB.
        let batches = try #require(pace.batchRate)
        #expect(abs(batches - 2.5) < 0.5)
    }

    /// Goal: seconds of latency are no reason to send less and less. Method: a satellite link, 5 s and 40 kbit/s.
    @Test func latencyOfSecondsDoesNotStarveTheBacklog() throws {
        var pace = pace()
        var now: Int64 = 0
        // A status message shows the latency.
        pace.acknowledged(100, isBacklog: false, sent: at(0), at(5_000))
        var carried = 0
        for _ in 0..<40 {
            let before = pace.burstBytes
            _ = burst(&pace, from: now, latency: 5_000)
            carried += before / 1_000 * 1_000
            now = try #require(pace.restsUntil).milliseconds
        }
        let rate = Double(carried) * 1000 / Double(now)
        #expect(rate > 0.35 * 5_000, "\(rate) bytes a second of 5,000")
        #expect(rate <= 0.52 * 5_000)
        #expect(pace.burstBytes <= 40_000)
    }

    @Test func aFastLinkIsUsedUpToTheLimitOfMemory() throws {
        var pace = pace()
        var now: Int64 = 0
        for _ in 0..<10 {
            _ = burst(&pace, from: now, batch: 4_096, rate: 10_000_000)
            now = try #require(pace.restsUntil).milliseconds + 1
        }
        #expect(pace.burstBytes == BacklogPace.Settings().mostBytes)
    }

    @Test func aLinkThatBecomesSlowIsNotFilledForLong() throws {
        var pace = pace()
        var now: Int64 = 0
        for _ in 0..<10 {
            _ = burst(&pace, from: now, batch: 4_096, rate: 10_000_000)
            now = try #require(pace.restsUntil).milliseconds + 1
        }
        for _ in 0..<6 {
            _ = burst(&pace, from: now, batch: 4_096, rate: 5_000)
            now = try #require(pace.restsUntil).milliseconds + 1
        }
        #expect(pace.burstBytes <= 12_000)
        // A new connection knows nothing of the link: a modem may have fallen back.
        pace.begin(start: at(now))
        #expect(pace.burstBytes <= BacklogPace.Settings().firstBytes)
    }

    @Test func oneBatchAlwaysGoesHoweverLarge() {
        var pace = pace()
        let first = pace.maySend(1 << 20, at(0))
        pace.sent(1 << 20, at(0))
        let second = pace.maySend(1, at(0))
        #expect(first && !second)
        pace.acknowledged(1 << 20, isBacklog: true, sent: at(0), at(10))
        #expect(pace.restsUntil != nil)
    }

    @Test func theBacklogWaitsForItsRandomStartUnlessItIsSmall() {
        var pace = BacklogPace(.init())
        pace.begin(start: at(5_000))
        #expect(pace.startsAt == at(5_000))
        #expect(!pace.mayFetch(at(4_999)))
        #expect(pace.mayFetch(at(5_000)))
        pace.startAtOnce()
        #expect(pace.mayFetch(at(0)))
        #expect(pace.startsAt == nil)
    }

    /// Whatever is acknowledged, late, twice or never sent: no trap, the bounds hold.
    @Test(arguments: UInt64(0)..<50)
    func anyOrderOfEventsKeepsTheBounds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var pace = BacklogPace(.init(share: Int.random(in: 1...100, using: &random)))
        var now: Int64 = 0
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...3_000, using: &random)
            let bytes = Int.random(in: 0...100_000, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: if pace.maySend(bytes, at(now)) { pace.sent(bytes, at(now)) }
            case 2, 3, 4:
                let age = Int64.random(in: 0...60_000, using: &random)
                pace.acknowledged(bytes, isBacklog: Bool.random(using: &random), sent: at(now - age), at(now))
            default:
                if Int.random(in: 0..<50, using: &random) == 0 { pace.begin(start: at(now + 1_000)) }
            }
            #expect((1_024...512 << 10).contains(pace.burstBytes), "seed \(seed)")
            #expect((pace.restsUntil ?? at(now)) - at(now) <= .seconds(300), "seed \(seed)")
        }
    }
}
