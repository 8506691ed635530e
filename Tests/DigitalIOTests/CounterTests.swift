import DigitalIO
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct CounterTests {
    private let none = [DigitalMail.totals([])]

    @Test func edgesThatTheKernelHadNoRoomForAreCountedByTheirNumbers() {
        var count = PulseCount()
        for number: UInt32 in [1, 2, 3, 40, 41] { count.count(number) }
        #expect(count.pulses == 41)
        #expect(count.unseen == 36)
        count.count(41)
        count.count(17)
        #expect(count.pulses == 41, "one that comes twice or late was counted")
        count.restart()
        count.count(1)
        #expect(count.pulses == 42)
    }

    @Test func numbersThatRunOverGoOn() {
        var count = PulseCount()
        for number: UInt32 in [1 << 30, 1 << 31, 3 << 30, .max, 0, 1, 5] { count.count(number) }
        #expect(count.pulses == (1 << 32) + 5)
    }

    @Test func pulsesBeforeTheStoreIsOpenAreAddedToItsTotal() {
        let bench = Bench(counter: true)
        bench.round()
        #expect(bench.words() == ["not-yet-read -"], "a total below one that left the box is never told")
        for number in UInt32(1)...7 { bench.bank.edge(Bench.wire, to: true, at: bench.now, number: number) }
        bench.round(after: .seconds(10))
        #expect(bench.words() == ["not-yet-read -"])
        #expect(bench.loop.counts == [])
        bench.round([.totals([PulseTotal(id: "wire", count: 1_000)])])
        #expect(bench.loop.counts == [PulseTotal(id: "wire", count: 1_007)])
        bench.round(after: .seconds(10))
        #expect(bench.words() == ["good 1007"])
        bench.round([.totals([PulseTotal(id: "wire", count: 5_000)])])
        #expect(bench.loop.counts == [PulseTotal(id: "wire", count: 1_007)], "told once is told")
    }

    @Test func aCounterIsToldAtItsPeriodAndNotAtEveryPulse() {
        let bench = Bench(counter: true)
        bench.round(none)
        _ = bench.take()
        for number in UInt32(1)...500 {
            bench.bank.edge(Bench.wire, to: true, at: bench.now, number: number)
            if number % 10 == 0 { bench.round(after: .milliseconds(20)) }
        }
        #expect(bench.take() == [])
        bench.round(after: .seconds(10))
        #expect(bench.words() == ["good 500"])
    }

    @Test func setByHandItShowsThatAndCountsOn() {
        let bench = Bench(counter: true)
        bench.round(none)
        bench.bank.edge(Bench.wire, to: true, at: bench.now, number: 1)
        bench.round()
        _ = bench.take()
        bench.round([.correct(id: "wire", correction: 499)])
        #expect(bench.words() == ["substituted 500"])
        #expect(bench.loop.counts == [PulseTotal(id: "wire", count: 1)], "what is durable are the pulses")
        bench.bank.edge(Bench.wire, to: true, at: bench.now, number: 2)
        bench.round(after: .seconds(10))
        #expect(bench.words() == ["good 501"])
        bench.round([.correct(id: "wire", correction: -2)])
        #expect(bench.words() == ["substituted 0"], "lower too: a person may")
    }

    @Test func aCorrectionBeforeTheTotalIsKnownIsNotTaken() {
        let bench = Bench(counter: true)
        bench.round([.correct(id: "wire", correction: 499)])
        bench.round([.totals([PulseTotal(id: "wire", count: 10, correction: 5)])])
        bench.round(after: .seconds(10))
        #expect(bench.words().last == "good 15")
    }

    @Test func withoutDebounceInTheKernelItIsDoneHere() {
        let bench = Bench(counter: true, debounce: .milliseconds(10), bank: FakeBank(isDebounced: false))
        bench.round(none)
        func pulse(_ milliseconds: Int64) {
            bench.bank.edge(Bench.wire, to: true, at: bench.now)
            bench.round(after: .milliseconds(milliseconds))
            bench.bank.edge(Bench.wire, to: false, at: bench.now)
            bench.round(after: .milliseconds(50))
        }
        for _ in 0..<5 { pulse(30) }
        for _ in 0..<5 { pulse(2) }
        #expect(bench.loop.counts == [PulseTotal(id: "wire", count: 5)], "five pulses and five bounces")
    }

    @Test func aChipThatComesBackCountsOnFromWhereItWas() {
        let bench = Bench(counter: true)
        bench.round(none)
        for number in UInt32(1)...3 { bench.bank.edge(Bench.wire, to: true, at: bench.now, number: number) }
        bench.round()
        bench.bank.fail("No such device")
        bench.round(after: .seconds(1))
        #expect(bench.words().last == "port-lost -")
        bench.bank.fail(nil)
        bench.round(after: .seconds(2))
        bench.bank.edge(Bench.wire, to: true, at: bench.now, number: 1)
        bench.round(after: .seconds(10))
        #expect(bench.words().last == "good 4")
    }
}
