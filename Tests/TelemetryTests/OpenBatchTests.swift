import GatewayModel
import Testing

@testable import Telemetry

@Suite struct OpenBatchTests {
    let dictionary = PointDictionary(gateway: "g", points: [point(0), point(1)])

    func close(_ batch: inout OpenBatch, now: BootTime) throws -> SealedBatch? {
        batch.seal(now: now, boot: try #require(Fixed.boot), anchor: nil, dictionary: dictionary.id)
    }

    @Test func closesAfterSealFromItsFirstContent() throws {
        var batch = OpenBatch(seal: .seconds(10))
        #expect(batch.deadline == nil && !batch.isDue(at(1_000_000)))
        #expect(batch.add(good(0, 5_000, 1)) == true)
        #expect(batch.add(good(1, 9_000, 2)) == true)
        #expect(!batch.isDue(at(14_999)))
        #expect(batch.isDue(at(15_000)))
        let sealed = try #require(try close(&batch, now: at(15_000)))
        #expect(sealed.readings == 2 && sealed.first == at(5_000) && sealed.last == at(9_000) && !sealed.urgent)
        #expect(batch.isEmpty && batch.deadline == nil)
        #expect(try close(&batch, now: at(15_000)) == nil)
    }

    @Test func readingThatWaitedInARingCountsFromItsOwnTime() {
        var batch = OpenBatch(seal: .seconds(10))
        _ = batch.add(good(0, 9_000, 1))
        _ = batch.add(good(1, 2_000, 1))
        #expect(batch.deadline == at(12_000))
    }

    @Test func closesWhenItHoldsEnoughReadings() {
        var batch = OpenBatch(seal: .seconds(3_600))
        for i in 0..<4_095 { #expect(batch.add(good(0, Int64(i), Int64(1))) == true) }
        #expect(!batch.isDue(at(4_095)))
        #expect(batch.add(good(0, 4_095, 1)) == true)
        #expect(batch.isDue(at(4_095)))
        #expect(batch.add(good(0, 4_096, 1)) == false)
        #expect(batch.add(Gap(scope: .everything, from: .unknown, to: nil, reason: .overrun), now: at(4_096)) == false)
    }

    @Test func closesAtSixtyFourKibibytesOfText() {
        var batch = OpenBatch(seal: .seconds(3_600))
        let text = String(repeating: "x", count: 250)
        var count = 0
        while batch.add(Reading(point: 0, time: at(Int64(count)), quality: .good, sample: .text(text))) { count += 1 }
        #expect((250...262).contains(count))
        #expect(batch.isDue(at(Int64(count))))
    }

    @Test func alarmClosesAtOnceButOnlyOnceASecond() throws {
        let alarm = AlarmEvent(id: "a", episode: 1, isRaised: true, severity: .major, time: at(1_000))
        var batch = OpenBatch(seal: .seconds(10))
        _ = batch.add(good(0, 1_000, 1))
        #expect(batch.add(alarm, now: at(1_000)) == true)
        #expect(batch.isDue(at(1_000)))
        #expect(try close(&batch, now: at(1_000))?.urgent == true)
        _ = batch.add(good(0, 1_200, 1))
        #expect(batch.add(alarm, now: at(1_200)) == true)
        #expect(!batch.isDue(at(1_999)))
        #expect(batch.isDue(at(2_000)))
        #expect(try close(&batch, now: at(2_000))?.urgent == true)
        _ = batch.add(good(0, 2_100, 1))
        #expect(batch.deadline == at(12_100))
    }

    @Test func gapsAloneAreABatch() throws {
        var batch = OpenBatch(seal: .seconds(10))
        let gap = Gap(scope: .everything, from: .wall(.seconds(1_795_231_200)), to: .boot(at(500)), reason: .agentOff)
        #expect(batch.add(gap, now: at(700)) == true)
        #expect(batch.isDue(at(10_700)))
        let sealed = try #require(try close(&batch, now: at(10_700)))
        #expect(sealed.readings == 0 && sealed.first == at(700))
        let content = try BatchEnvelope(batch: sealed, key: Fixed.key).content()
        #expect(content == BatchContent(gaps: [gap]))
    }
}
