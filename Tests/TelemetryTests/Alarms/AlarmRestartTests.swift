import GatewayModel
import Testing

@testable import Telemetry

@Suite struct AlarmRestartTests {
    @Test func aSealedEventIsNotRepeatedAfterARestart() {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        station.seal()
        station.restart(at: 10_000)
        #expect(station.engine.active.map(\.id) == ["mains"])
        station.look(good(2, 11_000, 0))
        #expect(station.story == ["mains raised 1"])
        station.look(good(2, 12_000, 1))
        station.look(good(2, 13_000, 0))
        #expect(station.story == ["mains raised 1", "mains cleared 1", "mains raised 2"])
    }

    @Test func anEventThatWasNotSealedIsRaisedAgainAsTheSameEpisode() {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        station.restart(at: 10_000)
        station.look(good(2, 11_000, 0))
        #expect(station.story == ["mains raised 1", "mains raised 1"])
    }

    @Test func theDelayGoesOnWhereItStoodWhenABatchWasSealedLast() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        station.wait(until: 20_000)
        station.seal()
        station.wait(until: 25_000)
        station.restart(at: 1_000)
        station.look(good(0, 2_000, 960))
        station.wait(until: 11_999)
        #expect(station.story == [])
        station.wait(until: 12_000)
        #expect(station.story.count == 1)
    }

    @Test func aDelayThatEndedIsNotTakenForTheNextOnes() {
        var station = AlarmStation()
        station.look(good(0, 0, 960))
        station.wait(until: 20_000)
        station.seal()
        station.look(good(0, 21_000, 900))
        station.look(good(0, 22_000, 960))
        station.seal()
        station.restart(at: 30_000)
        station.look(good(0, 31_000, 960))
        station.wait(until: 60_999)
        #expect(station.story == [])
        station.wait(until: 61_000)
        #expect(station.story == ["hot raised 2"])
    }

    @Test func anAlarmThatIsNotConfiguredAnyMoreIsClearedOnce() {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        station.seal()
        station.restart(rules: [], at: 10_000)
        #expect(station.story == ["mains raised 1", "mains cleared 1"])
        station.seal()
        station.restart(rules: [], at: 20_000)
        #expect(station.story.count == 2)
        // Taken back, it goes on counting.
        station.restart(at: 30_000)
        station.look(good(2, 31_000, 0))
        #expect(station.story.last == "mains raised 2")
    }

    @Test func eventsOfDroppedBatchesAreGivenOnceMoreWhereTheyStillHold() {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        station.look(good(0, 1_000, 960))
        let lost = station.events
        station.seal()
        #expect(station.engine.forgetTaken(lost: lost) == lost)
        station.look(good(2, 2_000, 1))
        #expect(station.engine.forgetTaken(lost: lost).isEmpty)
        #expect(station.engine.forgetTaken(lost: station.events) == Array(station.events.suffix(1)))
        #expect(!station.engine.takeMemories().isEmpty)
    }

    @Test func withoutAStoreNumbersAreOnesThatItCannotKnow() throws {
        var station = AlarmStation()
        station.look(good(2, 0, 0))
        station.seal()
        var engine = AlarmEngine(rules: AlarmStation.rules(), points: AlarmStation.points)
        engine.beginWithoutStore(at: .seconds(1_795_231_200))
        _ = engine.observe(2, at: at(10), quality: .good, sample: .integer(0))
        let raised = try #require(engine.settle(now: at(10)).first)
        #expect(raised.episode == AlarmMemory.firstWithoutStore + 1_795_231_200)
        // The store is back: its episode ends, the new one goes on, and is what is kept.
        let ended = engine.restore(station.durable, now: at(20))
        #expect(ended.map { "\($0.id) \($0.stateName) \($0.episode)" } == ["mains cleared 1"])
        let kept = try #require(engine.takeMemories().first { $0.key == "alarm:mains" })
        #expect(kept.number > (station.durable["alarm:mains"] ?? 0))
        #expect(AlarmMemory(kept.number) == AlarmMemory(episode: raised.episode, isRaised: true))
    }

    /// A clock that was set back between two runs without a store: the numbers of the later one are lower.
    @Test(arguments: [true, false])
    func ofAnEpisodeAndAHigherOneThatTheStoreKnowsTheHigherGoesOn(storeKnowsItRaised: Bool) throws {
        var engine = AlarmEngine(rules: AlarmStation.rules(), points: AlarmStation.points)
        engine.beginWithoutStore(at: .seconds(1_000))
        _ = engine.observe(2, at: at(10), quality: .good, sample: .integer(0))
        let own = try #require(engine.settle(now: at(10)).first)
        #expect(!engine.takeMemories().isEmpty)
        let known = AlarmMemory(episode: AlarmMemory.firstWithoutStore + 5_000, isRaised: storeKnowsItRaised)
        var durable = ["alarm:mains": known.number]
        var story = engine.restore(durable, now: at(20)) + engine.settle(now: at(20))
        for memory in engine.takeMemories() { durable[memory.key] = max(memory.number, durable[memory.key] ?? 0) }
        // Whatever the store knew, it goes on as raised, and the receiver is told of no other.
        #expect(engine.active.map(\.episode) == [known.episode])
        #expect(durable["alarm:mains"].flatMap(AlarmMemory.init) == AlarmMemory(episode: known.episode, isRaised: true))
        _ = engine.observe(2, at: at(30), quality: .good, sample: .integer(1))
        story += engine.settle(now: at(30))
        let again = storeKnowsItRaised ? [] : ["raised \(known.episode)"]
        #expect(
            story.map { "\($0.stateName) \($0.episode)" } == ["cleared \(own.episode)"] + again
                + ["cleared \(known.episode)"])
    }

    /// What was raised and cleared without the store has a number that will be durable: what follows must be above it.
    @Test func anEpisodeThatCameAndWentWithoutAStoreIsNotCountedBelow() throws {
        var engine = AlarmEngine(rules: AlarmStation.rules(), points: AlarmStation.points)
        engine.beginWithoutStore(at: .seconds(1_000))
        for (time, value) in [(10, 0), (20, 1)] as [(Int64, Int64)] {
            _ = engine.observe(2, at: at(time), quality: .good, sample: .integer(value))
            #expect(engine.settle(now: at(time)).count == 1)
        }
        let known = ["alarm:mains": AlarmMemory(episode: 3, isRaised: true).number]
        let ended = engine.restore(known, now: at(30))
        #expect(ended.map { "\($0.stateName) \($0.episode)" } == ["cleared 3"])
        _ = engine.observe(2, at: at(40), quality: .good, sample: .integer(0))
        let next = try #require(engine.settle(now: at(40)).first)
        #expect(next.isRaised && next.episode == AlarmMemory.firstWithoutStore + 1_001)
    }

    @Test func withoutAStoreWhatDidNothingIsNotKept() {
        var engine = AlarmEngine(rules: AlarmStation.rules(), points: AlarmStation.points)
        engine.beginWithoutStore(at: .seconds(1_795_231_200))
        _ = engine.observe(0, at: at(10), quality: .good, sample: .integer(960))
        _ = engine.settle(now: at(20_000))
        #expect(engine.takeMemories().isEmpty)
        // The store may know it as raised.
        let kept = ["alarm:hot": AlarmMemory(episode: 3, isRaised: true).number]
        #expect(engine.restore(kept, now: at(20_000)).isEmpty)
        #expect(engine.active.map(\.episode) == [3])
        #expect(engine.takeMemories().map(\.key).allSatisfy { $0 != "alarm:hot" })
    }

    @Test func aMemoryIsOneNumberThatOnlyRises() {
        let course = [
            AlarmMemory(), AlarmMemory(passed: .milliseconds(1)), AlarmMemory(passed: .seconds(86_400)),
            AlarmMemory(isRaised: true), AlarmMemory(episode: 2), AlarmMemory(episode: 2, isRaised: true),
            AlarmMemory(episode: AlarmMemory.firstWithoutStore + (1 << 32) - 1, isRaised: true),
            AlarmMemory(episode: AlarmMemory.lastEpisode, isRaised: true),
        ]
        #expect(course.map(\.number) == course.map(\.number).sorted())
        #expect(Set(course.map(\.number)).count == course.count)
        #expect(course.map(\.number).map(AlarmMemory.init) == course)
        #expect(AlarmMemory(0) == nil && AlarmMemory(-1) == nil)
    }
}
