import CSQLite
import GatewayModel
import GatewayTestSupport
import Telemetry
import Testing

@testable import GatewayAgent

/// Alarms on the way from the ring to the receivers, over failing disks, stops and kills.
@Suite struct AlarmFlowTests {
    /// Raised while the point is above 100.
    private static var rules: [AlarmRule] {
        let high = AlarmCondition.Comparison(point: 0, test: .above, literal: DecimalNumber(100))
        guard let when = AlarmCondition([.comparison(high)]) else { return [] }
        return [
            AlarmRule(id: "high", cause: .condition(when: when, clear: nil), severity: .major),
            AlarmRule(id: "comm:meter", cause: .silence(of: 0..<1), severity: .minor, delay: .seconds(60)),
        ]
    }

    private func story(_ station: FlowStation, receiver: ReceiverIndex = 0) async -> [String] {
        await station.receive(receiver) { _ in true }
        return station.received[receiver].values.sorted {
            ($0.key.epoch.text, $0.key.sequence) < ($1.key.epoch.text, $1.key.sequence)
        }
        .flatMap { (try? BatchEnvelope.decode($0.bytes).content().alarms) ?? [] }
        .map { "\($0.id) \($0.stateName) \($0.episode)" }
    }

    @Test func anAlarmIsSealedWithinTheRoundThatSeesItAndAtMostOnceASecond() async throws {
        let station = try FlowStation(alarms: Self.rules)
        await station.start()
        station.put(101)
        await station.path.gather()
        #expect(station.path.waiting.batches == 1)
        #expect(station.path.alarms.active.map(\.id) == ["high"])
        station.time.advance(.milliseconds(100))
        station.put(99)
        await station.path.gather()
        #expect(station.path.waiting.batches == 1)
        station.time.advance(.milliseconds(900))
        await station.path.gather()
        #expect(station.path.waiting.batches == 2)
        #expect(await !station.path.storeWaiting())
        #expect(await story(station) == ["high raised 1", "high cleared 1"])
        #expect(station.path.alarms.active.isEmpty)
        await station.path.close()
    }

    @Test func aKillInAnEpisodeRaisesItNeitherTwiceNorNever() async throws {
        let station = try FlowStation(alarms: Self.rules)
        await station.start()
        station.put(101)
        await station.path.gather()
        // Killed before it was stored: raised again, as the same episode.
        await station.kill()
        await station.start()
        #expect(station.path.alarms.active.isEmpty)
        station.put(102)
        await station.path.gather()
        #expect(await !station.path.storeWaiting())
        // Killed after it was stored: it stands.
        await station.kill()
        await station.start()
        #expect(station.path.alarms.active.map(\.id) == ["high"])
        station.put(103)
        await station.path.gather()
        station.time.advance(.seconds(10))
        await station.path.gather()
        station.put(1)
        await station.path.gather()
        #expect(await !station.path.storeWaiting())
        #expect(await story(station) == ["high raised 1", "high cleared 1"])
        await station.path.close()
    }

    @Test func withoutADiskAlarmsGoFromMemoryAndGoOnWhenItIsBack() async throws {
        let station = try FlowStation(alarms: Self.rules)
        await station.start()
        station.disk.fail(.write(after: 0, forEver: true, code: SQLITE_FULL))
        for _ in 0..<2 {
            await station.read()
            #expect(await station.path.storeWaiting())
        }
        #expect(station.path.isVolatile)
        station.put(101)
        await station.path.gather()
        #expect(await story(station) == ["high raised 1"])
        station.disk.fail(.none)
        await station.read()
        #expect(await !station.path.storeWaiting())
        // `read` gave a small value: cleared, from the store now. The other receiver has both too.
        #expect(await story(station) == ["high cleared 1", "high raised 1"])
        await station.restart()
        await station.start()
        station.put(101)
        await station.path.gather()
        #expect(await !station.path.storeWaiting())
        #expect(await story(station, receiver: 1).sorted() == ["high cleared 1", "high raised 1", "high raised 2"])
        #expect(station.problems == [])
        await station.path.close()
    }

    /// The store cannot even be opened: after some seconds alarms work without their past.
    @Test func aDiskThatIsBrokenFromTheStartStopsNoAlarm() async throws {
        let station = try FlowStation(alarms: Self.rules)
        station.disk.fail(.write(after: 0, forEver: true, code: SQLITE_FULL))
        await station.path.recallClock()
        _ = await station.path.lookAtClock()
        station.put(101)
        for _ in 0..<5 {
            #expect(await !station.path.openStore())
            station.time.advance(.seconds(1))
            await station.path.gather()
        }
        let story = await story(station)
        #expect(story.count == 1 && story[0].hasPrefix("high raised "))
        station.disk.fail(.none)
        #expect(await station.path.openStore())
        #expect(station.path.alarms.active.map(\.id) == ["high"])
        await station.path.close()
    }

    @Test func anAlarmDoesNotWaitForTheClockAndTakesNothingElseAlong() async throws {
        let station = try FlowStation(clockIsTrusted: false, alarms: Self.rules)
        await station.start()
        await station.read()
        #expect(await !station.path.storeWaiting())
        #expect(await station.path.source.unacknowledged(by: 0, after: nil, limit: 9).isEmpty)
        station.put(101)
        await station.path.gather()
        #expect(await !station.path.storeWaiting())
        #expect(await station.path.source.unacknowledged(by: 0, after: nil, limit: 9).map(\.sequence) == [2])
        #expect(await station.path.source.urgent(for: 0, limit: 9).map(\.sequence) == [2])
        await station.path.close()
    }
}
