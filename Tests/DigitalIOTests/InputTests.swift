import DigitalIO
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct InputTests {
    @Test func aChangeIsToldAtOnceWithTheMomentOfItsEdge() {
        let bench = Bench()
        bench.round()
        #expect(bench.words() == ["good 0", "good 0"], "what it is at the start, and at the first due moment")
        let edge = bench.now + .milliseconds(3)
        bench.bank.edge(Bench.wire, to: true, at: edge)
        bench.round(after: .milliseconds(4))
        let told = bench.take()
        #expect(told == [Reading(point: 0, time: edge, quality: .good, sample: .integer(1))])
    }

    @Test func theStateIsToldAtMultiplesOfItsPeriodInUTC() {
        let bench = Bench(period: .seconds(10), offset: .milliseconds(3_500))
        bench.round()
        _ = bench.take()
        var due: [Nanoseconds] = []
        for _ in 0..<400 {
            bench.round(after: .milliseconds(100))
            due += bench.take().map { $0.time.nanoseconds + .milliseconds(3_500) }
        }
        #expect(due == [1_010, 1_020, 1_030, 1_040].map { .seconds($0) })
    }

    @Test func theDeadlineIsTheNextThingToDo() {
        let bench = Bench(debounce: .milliseconds(50), bank: FakeBank(isDebounced: false))
        bench.round()
        #expect(bench.loop.deadline == bench.now + DigitalLoop.longestRest)
        bench.bank.edge(Bench.wire, to: true, at: bench.now)
        bench.round()
        #expect(bench.loop.deadline == bench.now + .milliseconds(50))
        _ = bench.take()
        bench.round(after: .milliseconds(50))
        #expect(bench.words() == ["good 1"])
        bench.round(after: .milliseconds(8_000))
        #expect(bench.loop.deadline == BootTime(nanoseconds: .seconds(1_010)), "the next period")
    }

    @Test func timesOfOnePointNeverRunBackwards() {
        let bench = Bench()
        bench.round()
        bench.round(after: .seconds(10))
        // The edge came just before the state was told, by the kernel's time, and was read just after.
        bench.bank.edge(Bench.wire, to: true, at: bench.now - .milliseconds(1))
        bench.round()
        let times = bench.take().map(\.time)
        #expect(times == times.sorted())
        #expect(times.count == 4)
    }

    @Test func aContactThatBabblesIsToldFiftyTimesASecondAndThenAsItIs() {
        let bench = Bench()
        bench.round()
        _ = bench.take()
        for index in 1...401 {
            bench.bank.edge(Bench.wire, to: index % 2 == 1, at: bench.now)
            bench.round(after: .milliseconds(1))
        }
        #expect(bench.take().count == 50)
        bench.round(after: .seconds(1))
        #expect(bench.words() == ["good 1"])
        #expect(bench.wireStatus?.edges == 401, "counted all the same")
    }

    @Test func twoEqualEdgesMeanThatOneBetweenWasLost() {
        let bench = Bench()
        bench.round()
        bench.bank.edge(Bench.wire, to: true, at: bench.now)
        bench.bank.edge(Bench.wire, to: true, at: bench.now)
        bench.round()
        #expect(bench.wireStatus?.edges == 3)
        #expect(bench.wireStatus?.value == 1)
    }

    @Test func aLineWithoutInterruptsIsLookedAt() {
        let bench = Bench(bank: FakeBank(hasInterrupts: false))
        bench.round()
        _ = bench.take()
        #expect(bench.wireStatus?.isPolled == true)
        bench.bank.set(Bench.wire, true)
        #expect(bench.loop.deadline <= bench.now + .milliseconds(20))
        bench.round(after: .milliseconds(20))
        #expect(bench.words() == ["good 1"])
    }

    @Test func aChipThatVanishesIsLostAndFoundAgain() {
        let bench = Bench()
        bench.round()
        _ = bench.take()
        bench.bank.fail("No such device")
        bench.round(after: .milliseconds(5))
        #expect(bench.words() == ["port-lost -"])
        #expect(bench.wireStatus?.problem == "No such device")
        #expect(bench.events == [.lost("wire", "No such device")], "the relay was not touched yet")
        #expect(bench.wireStatus?.value == nil)
        var tries = 0
        for _ in 0..<1_200 {
            let before = bench.bank.line(Bench.wire).requests
            bench.round(after: .milliseconds(100))
            tries += bench.bank.line(Bench.wire).requests - before
        }
        #expect(tries == 0, "a request that fails is not counted by the chip")
        #expect(bench.events == [.lost("wire", "No such device")], "said once")
        #expect(bench.words().allSatisfy { $0 == "port-lost -" })
        bench.bank.set(Bench.wire, true)
        bench.bank.fail(nil)
        bench.round(after: .seconds(30))
        #expect(bench.words().first == "good 1", "within the longest pause")
        #expect(bench.events.contains(.found("wire")))
        #expect(bench.wireStatus?.problem == nil)
    }

    @Test func thePowerFailureIsToldWithItsEdge() {
        for line in [Bench.supply, Bench.wire] {
            let bench = Bench(powerFail: line)
            bench.round()
            let edge = bench.now + .milliseconds(1)
            bench.bank.edge(line, to: true, at: edge)
            bench.round(after: .milliseconds(2))
            #expect(bench.events == [.powerFails(edge)], "\(line)")
            bench.bank.edge(line, to: false, at: edge + .milliseconds(1))
            bench.bank.edge(line, to: true, at: edge + .milliseconds(2))
            bench.round(after: .milliseconds(5))
            #expect(bench.events.count == 1, "a line that chatters is told once a second")
            bench.bank.edge(line, to: false, at: edge + .seconds(2))
            bench.round(after: .seconds(3))
            #expect(bench.events.last == .powerIsBack(edge + .seconds(2)))
        }
    }
}
