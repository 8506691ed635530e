import GatewayModel
import Testing

@testable import Uplink

/// A month's backlog over a thin line: the receiver's own loop, in virtual time.
@Suite(.timeLimit(.minutes(5)))
struct BacklogDrainTests {
    private static let day: Nanoseconds = .seconds(86_400)
    /// 40 kbit/s.
    private static let thin = 5_000.0

    private func station(sizes: ClosedRange<Int>, seal: Nanoseconds = .seconds(60), seed: UInt64) -> SimulatedStation {
        let line = SimulatedLine(time: VirtualTime(), rate: Self.thin, latency: .milliseconds(300))
        return SimulatedStation(
            line: line, source: SealingSource(sizes: sizes, dictionary: 220_000), seal: seal, seed: seed)
    }

    /// Everyday life: the dictionary is there, and what was sealed.
    private func settle(_ station: SimulatedStation) async throws {
        let isSettled = await station.run(until: station.now + .seconds(900)) {
            station.source.sealed > 2 && station.source.left == 0
        }
        try #require(isSettled, "a dictionary of 220 kB alone takes 45 s of the line")
    }

    /// The line is away for a time, then back.
    private func outage(_ station: SimulatedStation, of span: Nanoseconds) async {
        station.line.change { state in
            state.refusal = .noAnswer
            state.answer = { _, _ in .cut }
        }
        await station.run(until: station.now + span)
        station.line.change { state in
            state.refusal = nil
            state.answer = { _, _ in .acknowledge(0) }
            state.arrivals = []
            state.mostOnTheWay = 0
        }
    }

    /// Goal: demand "30 days of 2,000 points per minute drain over 40 kbit/s, live never later than 30 s". Method: 2
    /// bytes a reading, the most that profile `batch` was measured to need, so 4 kB a minute.
    @Test(arguments: [UInt64(1)])
    func aMonthDrainsOverAThinLineAndLiveStaysLive(seed: UInt64) async throws {
        let station = station(sizes: 3_600...4_400, seed: seed)
        try await settle(station)
        let known = Int(station.source.sealed)
        await outage(station, of: 30 * Self.day)
        let backlog = station.source.sealed
        #expect(backlog > 43_000)
        await station.run(until: station.now + .seconds(120)) { station.status.connected }
        let back = try #require(station.connectedAt)
        let waiting = station.source.sealed

        await station.run(until: back + .seconds(3_600))
        let predicted = try #require(station.status.backlog.timeLeft(for: UInt64(station.source.left)))
        let after = station.now
        let isDrained = await station.run(until: back + 3 * Self.day) { station.source.left == 0 }
        #expect(isDrained)

        let arrivals = station.line.current.arrivals
        let newest = try #require(arrivals.first)
        #expect(newest.sequence == waiting)
        #expect(newest.at - back < .seconds(5), "the newest comes first, and soon")
        let live = arrivals.filter { $0.sequence > waiting }
        let latest = live.map { $0.at - station.sealedAt($0.sequence) }.max() ?? 0
        #expect(live.count > 600)
        #expect(latest < .seconds(30), "live is never later than 30 s")
        let old = arrivals.filter { $0.lane == .backlog }
        #expect(Set(arrivals.map(\.sequence)).count == Int(station.source.sealed) - known, "nothing is missing")
        #expect(arrivals.count == Int(station.source.sealed) - known, "nothing came twice")
        #expect(zip(old, old.dropFirst()).allSatisfy { $0.sequence < $1.sequence }, "oldest first")

        let hours = Double(station.now - back) / 3.6e12
        let wire = arrivals.reduce(0.0) { $0 + Double(SimulatedLine.wireBytes($1.bytes)) }
        let used = wire / (hours * 3600 * Self.thin)
        #expect((0.40...0.56).contains(used), "the backlog's half of the line, and live")
        #expect(abs(Double(predicted) / Double(station.now - after) - 1) < 0.1, "the time left was right")
        // The first burst's guess, and later two bursts of 2 s.
        #expect(station.line.current.mostOnTheWay < 40_000)
        print(
            "month over 40 kbit/s: newest after \(Double(newest.at - back) / 1e9) s, drained in \(hours) h, "
                + "live at most \(Double(latest) / 1e9) s after its seal, \(used) of the line used, "
                + "at most \(station.line.current.mostOnTheWay) bytes on their way, seed \(seed)")
    }

    /// The largest batches there are, 64 KiB: 13 s of the line each.
    @Test func evenTheLargestBatchesLeaveLiveInTime() async throws {
        let station = station(sizes: 60_000...65_536, seed: 5)
        try await settle(station)
        await outage(station, of: .seconds(4 * 3_600))
        await station.run(until: station.now + .seconds(120)) { station.status.connected }
        let back = try #require(station.connectedAt)
        let waiting = station.source.sealed
        await station.run(until: back + .seconds(2 * 3_600))
        let live = station.line.current.arrivals.filter { $0.sequence > waiting }
        #expect(live.count > 100)
        let latest = live.map { $0.at - station.sealedAt($0.sequence) }.max() ?? 0
        #expect(latest < .seconds(30))
        #expect(station.line.current.arrivals.contains { $0.lane == .backlog })
    }

    /// Latency of seconds both ways, as over a satellite or a full modem: nothing is given up, nothing sent twice.
    @Test func latencyOfSecondsOnlyDelays() async throws {
        let station = station(sizes: 3_600...4_400, seed: 6)
        station.line.change { $0.latency = .seconds(8) }
        try await settle(station)
        await outage(station, of: .seconds(6 * 3_600))
        await station.run(until: station.now + .seconds(120)) { station.status.connected }
        let back = try #require(station.connectedAt)
        let isDrained = await station.run(until: back + .seconds(3 * 3_600)) { station.source.left == 0 }
        #expect(isDrained)
        let arrivals = station.line.current.arrivals
        #expect(Set(arrivals.map(\.sequence)).count == arrivals.count)
        #expect(station.status.reconnects == 1)
    }

    /// The line becomes ten times slower in the middle: live is late once, by what was on its way.
    @Test func aLineThatBecomesSlowerKeepsLiveInTime() async throws {
        let station = station(sizes: 3_600...4_400, seed: 7)
        station.line.change { $0.rate = 50_000 }
        try await settle(station)
        await outage(station, of: 5 * Self.day)
        await station.run(until: station.now + .seconds(120)) { station.status.connected }
        let back = try #require(station.connectedAt)
        await station.run(until: back + .seconds(600))
        station.line.change { $0.rate = Self.thin }
        await station.run(until: back + .seconds(1_200))
        let live = station.line.current.arrivals.filter { station.sealedAt($0.sequence) > back }
        let latest = live.map { $0.at - station.sealedAt($0.sequence) }.max() ?? 0
        #expect(live.count > 15)
        #expect(latest < .seconds(45))
        #expect(station.status.reconnects == 1)
    }

    /// Goal: the gateways of a city do not return at once. Method: 200 gateways lose the same broker for an hour.
    @Test func theGatewaysOfACityBeginTheirBacklogsAtDifferentTimes() async throws {
        var starts: [Nanoseconds] = []
        for seed in UInt64(0)..<200 {
            let line = SimulatedLine(time: VirtualTime(), rate: 1e6)
            let station = SimulatedStation(
                line: line, source: SealingSource(sizes: 500...600), seal: .seconds(60), seed: seed)
            await station.run(until: station.now + .seconds(60))
            await outage(station, of: .seconds(3_600))
            await station.run(until: station.now + .seconds(120)) { station.status.connected }
            let back = try #require(station.connectedAt)
            await station.run(until: back + .seconds(400)) { station.source.left == 0 }
            let first = try #require(line.current.arrivals.first { $0.lane == .backlog })
            starts.append(first.at - back)
        }
        #expect(starts.allSatisfy { $0 <= .seconds(301) }, "a tenth of the outage, at most 5 min")
        let busiest =
            (0..<30).map { slot in
                starts.count { $0 / .seconds(10) == Nanoseconds(slot) }
            }.max() ?? 0
        #expect(busiest < 20, "evenly over 300 s: some 7 in each 10 s, not 200 in one")
        #expect((starts.max() ?? 0) > .seconds(240))
    }
}
