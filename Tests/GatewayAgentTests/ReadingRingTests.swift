import GatewayAgent
import GatewayModel
import Testing

@Suite struct ReadingRingTests {
    private func reading(_ point: Int, _ time: Int64) -> Reading {
        Reading(point: point, time: BootTime(nanoseconds: time), quality: .good, sample: .integer(time))
    }

    @Test func readingsComeOutInTheOrderTheyWentIn() {
        let ring = ReadingRing(capacity: 10)
        ring.accept([reading(0, 1), reading(1, 1)])
        ring.accept([reading(0, 2)])
        #expect(ring.take().readings == [reading(0, 1), reading(1, 1), reading(0, 2)])
        #expect(ring.take().readings.isEmpty)
    }

    @Test func aFullRingLosesTheOldestAndRemembersTheSpanPerPoint() {
        let ring = ReadingRing(capacity: 4)
        for time in 1...9 as ClosedRange<Int64> { ring.accept([reading(Int(time % 2), time)]) }
        let contents = ring.take()
        #expect(contents.readings.map(\.time.nanoseconds) == [6, 7, 8, 9])
        #expect(
            contents.overruns == [
                1: .init(first: BootTime(nanoseconds: 1), last: BootTime(nanoseconds: 5)),
                0: .init(first: BootTime(nanoseconds: 2), last: BootTime(nanoseconds: 4)),
            ])
        #expect(ring.fill.lost == 5)
        #expect(ring.take().overruns.isEmpty, "an overrun is told once")
    }

    @Test func itStaysWithinItsBoundHoweverMuchIsOffered() {
        let ring = ReadingRing(capacity: 100)
        for time in 0..<10_000 as Range<Int64> {
            ring.accept([reading(0, time)])
            #expect(ring.fill.waiting <= 100)
        }
    }
}
