import GatewayModel
import Testing

@testable import Telemetry

@Suite struct AlarmEngineTests {
    @Test func aConditionThatLastsRaisesTheAlarmOnceItsDelayHasPassed() throws {
        var station = AlarmStation()
        station.look(good(0, 1_000, 960))
        station.wait(until: 30_999)
        #expect(station.events.isEmpty)
        station.wait(until: 31_000)
        let event = try #require(station.events.first)
        #expect(
            event
                == AlarmEvent(
                    id: "hot", episode: 1, isRaised: true, severity: .critical, time: at(31_000), point: 0,
                    value: .number(decimal("96"))))
        station.wait(until: 90_000)
        #expect(station.story == ["hot raised 1"])
    }

    @Test func aConditionThatEndsTooSoonRaisesNothing() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        station.look(good(0, 29_000, 940))
        station.look(good(0, 30_000, 960))
        station.wait(until: 59_000)
        #expect(station.story == [])
        station.wait(until: 60_000)
        #expect(station.story == ["hot raised 1"])
    }

    @Test func aRaisedAlarmWaitsForItsOwnClearCondition() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        station.wait(until: 30_000)
        station.look(good(0, 40_000, 940))
        #expect(station.story == ["hot raised 1"])
        station.look(good(0, 50_000, 899))
        #expect(station.story == ["hot raised 1", "hot cleared 1"])
        station.look(good(0, 60_000, 960))
        station.wait(until: 90_000)
        #expect(station.story.last == "hot raised 2")
    }

    @Test func badQualityHoldsStateAndDelay() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        station.look(bad(0, 20_000, .sensorBroken))
        station.wait(until: 500_000)
        #expect(station.story == [])
        station.look(good(0, 500_000, 960))
        station.wait(until: 509_999)
        #expect(station.story == [])
        station.wait(until: 510_000)
        #expect(station.story == ["hot raised 1"])
        station.look(bad(0, 520_000, .noReply))
        station.wait(until: 900_000)
        #expect(station.story == ["hot raised 1"])
        station.look(good(0, 900_000, 800))
        #expect(station.story.last == "hot cleared 1")
    }

    @Test func oneMainsLossIsOneAlarm() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        // In one answer, the cause behind its consequence.
        station.see(bad(3, 29_000, .noReply))
        station.see(good(2, 29_000, 0))
        station.wait(until: 29_100)
        station.wait(until: 400_000)
        #expect(station.story == ["mains raised 1"])
        // When it is over, delays begin anew: devices need a while to come back.
        station.look(good(2, 400_000, 1))
        station.wait(until: 429_999)
        #expect(station.story == ["mains raised 1", "mains cleared 1"])
        station.wait(until: 430_000)
        #expect(station.story.last == "hot raised 1")
        station.look(good(3, 440_000, 1))
        station.wait(until: 900_000)
        #expect(station.story.count == 3)
    }

    @Test func aDeviceThatDoesNotAnswerRaisesAnAlarmByItself() {
        var station = AlarmStation()
        station.look(good(3, 0, 1))
        station.look(bad(3, 10_000, .noReply))
        station.look(good(4, 20_000, 1))
        station.look(bad(3, 30_000, .checksum))
        station.look(bad(4, 40_000, .wrongAnswer))
        station.wait(until: 89_999)
        #expect(station.story == [])
        station.wait(until: 90_000)
        #expect(station.story == ["comm:meter raised 1"])
        // Not asked, or an exception: the one says nothing, the other is an answer.
        station.look(bad(3, 95_000, .stale))
        #expect(station.story.count == 1)
        station.look(bad(3, 96_000, .exception))
        #expect(station.story.last == "comm:meter cleared 1")
        #expect(station.events.last?.value == AlarmValue.none && station.events.last?.point == nil)
    }

    @Test func aTruthValueIsShownAsOne() {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        #expect(station.events.first?.value == .bool(false))
    }

    @Test func whatWasSeenBeforeTheStoreIsOpenIsJudgedWhenItIs() {
        var engine = AlarmEngine(rules: AlarmStation.rules(), points: AlarmStation.points)
        #expect(engine.observe(2, at: at(10), quality: .good, sample: .integer(0)).isEmpty)
        #expect(engine.settle(now: at(5_000)).isEmpty)
        #expect(engine.takeMemories().isEmpty)
        #expect(engine.restore([:], now: at(6_000)).isEmpty)
        #expect(engine.settle(now: at(6_000)).map(\.id) == ["mains"])
        #expect(engine.active.map(\.id) == ["mains"])
    }
}
