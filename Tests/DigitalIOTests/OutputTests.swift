import DigitalIO
import GatewayModel
import GatewayTestSupport
import Testing

@Suite struct OutputTests {
    private func set(_ bench: Bench, _ isOn: Bool, for duration: Nanoseconds? = nil) -> String? {
        let answer = DigitalAnswer()
        bench.round([.set(id: "relay", isOn: isOn, duration: duration, answer: answer)])
        return answer.wait()
    }

    @Test func itIsSafeFromTheRequestOnAndAtTheStop() {
        let bench = Bench()
        bench.round()
        #expect(bench.bank.line(Bench.relay).request?.use == .output(false))
        #expect(set(bench, true) == nil)
        #expect(bench.bank.line(Bench.relay).driven == [false, true])
        bench.loop.release()
        #expect(bench.bank.line(Bench.relay).driven == [false, true, false])
        #expect(bench.bank.line(Bench.relay).request == nil)
    }

    @Test func itGoesOffByItselfAfterItsLongestTime() {
        let bench = Bench(maxOn: .seconds(300))
        bench.round()
        _ = bench.take(1)
        #expect(set(bench, true) == nil)
        #expect(bench.words(1) == ["good 1"])
        #expect(bench.loop.deadline <= bench.now + .seconds(300))
        bench.round(after: .seconds(299))
        #expect(bench.bank.line(Bench.relay).driven.last == true)
        bench.round(after: .seconds(1))
        #expect(bench.bank.line(Bench.relay).driven.last == false)
        #expect(bench.events.contains(.switchedOff("relay")))
        #expect(bench.take(1).last?.sample == .integer(0))
    }

    @Test func aShorterTimeCountsAndALongerOneDoesNot() {
        for (asked, expected): (Nanoseconds, Nanoseconds) in [
            (.seconds(10), .seconds(10)), (.seconds(900), .seconds(300)),
        ] {
            let bench = Bench(maxOn: .seconds(300))
            bench.round()
            #expect(set(bench, true, for: asked) == nil)
            bench.round(after: expected - 1)
            #expect(bench.bank.line(Bench.relay).driven.last == true)
            bench.round(after: 1)
            #expect(bench.bank.line(Bench.relay).driven.last == false)
        }
    }

    @Test func whatMayNotBeSetIsNot() throws {
        let bench = Bench(operable: false)
        bench.round()
        #expect(try #require(set(bench, true)).contains("no write: operate"))
        #expect(bench.bank.line(Bench.relay).driven == [false])
    }

    @Test func anOutputThatIsNotThereSaysSo() throws {
        let bench = Bench()
        bench.round()
        let answer = DigitalAnswer()
        bench.round([.set(id: "siren", isOn: true, duration: nil, answer: answer)])
        #expect(try #require(answer.wait()).contains("no output \"siren\""))
    }

    @Test func aChipThatComesBackFindsItSafe() throws {
        let bench = Bench()
        bench.round()
        #expect(set(bench, true) == nil)
        bench.bank.fail("No such device")
        #expect(try #require(set(bench, true)).contains("No such device"))
        bench.bank.fail(nil)
        bench.round(after: .seconds(2))
        #expect(bench.bank.line(Bench.relay).driven.last == false)
        #expect(bench.loop.status.last?.value == 0)
    }
}
