import GatewayModel
import SerialLine
import Testing

@testable import FieldBus

@Suite(.serialized) struct RTUTransactionTests {
    private func words(_ transaction: Transaction) -> [UInt16]? {
        guard case .values(let data) = transaction.outcome else { return nil }
        return stride(from: 0, to: data.count, by: 2).map { UInt16(data[$0]) << 8 | UInt16(data[$0 + 1]) }
    }

    @Test(arguments: RegisterTable.allCases) func everyFunctionIsRead(table: RegisterTable) async throws {
        let meter = try PtyMeter { .now($0.answer { UInt16($0 & 1) }) }
        let line = TestLine(path: meter.path)
        let answer = try await line.ask(9, table, at: 10, count: 11)
        let expected = MeterRequest(body: [9, table.readFunction, 0, 10, 0, 11]).data { UInt16($0 & 1) }
        #expect(answer.outcome == .values(expected))
        #expect(meter.requests.map(\.function) == [table.readFunction])
        await line.end()
        meter.stop()
    }

    @Test(arguments: [1, 2, 60, 124, 125]) func answersOfEveryLengthAreRead(count: Int) async throws {
        let meter = try PtyMeter(baud: 115_200) { .now($0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path, baud: 115_200)
        let answer = try await line.ask(9, at: 300, count: count)
        #expect(words(answer) == (300..<300 + UInt16(count)).map { $0 })
        await line.end()
        meter.stop()
    }

    @Test(arguments: [UInt8(1), 2, 3, 4, 6, 11]) func anExceptionIsTold(code: UInt8) async throws {
        let meter = try PtyMeter(baud: 19_200) { .now($0.exception(code)) }
        let line = TestLine(path: meter.path, baud: 19_200)
        #expect(try await line.ask(9, at: 0, count: 20).outcome == .exception(code))
        await line.end()
        meter.stop()
    }

    @Test func silenceIsKept_soThatAStrictMeterIgnoresNothing() async throws {
        let meter = try PtyMeter(baud: 9_600, isStrict: true) { .after(.milliseconds(2), $0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path)
        for address in 0..<60 {
            let answer = try await line.ask(9, at: UInt16(address), count: 1 + address % 5)
            #expect(words(answer)?.first == UInt16(address))
        }
        #expect(meter.ignoredRequests == 0)
        #expect(meter.requests.count == 60)
        await line.end()
        meter.stop()
    }

    @Test func aGuardTimeIsKeptBeyondTheSilenceOfTheLine() async throws {
        let meter = try PtyMeter(baud: 19_200) { .now($0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path, baud: 19_200)
        for address in 0..<10 {
            _ = try await line.ask(9, at: UInt16(address), guardTime: .milliseconds(20))
        }
        let needed = LineTiming(baud: 19_200).frameSilence + .milliseconds(20)
        #expect(meter.requests.dropFirst().allSatisfy { $0.silence >= needed })
        await line.end()
        meter.stop()
    }

    @Test func theTurnaroundAndTheEndOfTheAnswerAreMeasured() async throws {
        let meter = try PtyMeter(baud: 9_600) { .after(.milliseconds(12), $0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path)
        // The best of some, since this machine may be busy with other things.
        for count in [20, 3] {
            var turnarounds: [Nanoseconds] = []
            var surpluses: [Nanoseconds] = []
            for _ in 0..<8 {
                let answer = try await line.ask(9, at: 0, count: count)
                turnarounds.append(try #require(answer.turnaround))
                let sent = try #require(answer.sent)
                let onTheLine = LineTiming(baud: 9_600).characters(8 + 5 + 2 * count)
                surpluses.append(answer.end - sent - onTheLine - .milliseconds(12))
            }
            #expect((11_000_000...14_000_000).contains(turnarounds.min() ?? 0), "\(turnarounds)")
            #expect((-100_000...2_000_000).contains(surpluses.min() ?? .max), "\(surpluses)")
        }
        await line.end()
        meter.stop()
    }

    @Test func aMeterThatSaysNothingIsNoReply_afterTheTimeoutCountedFromTheEndOfTheRequest() async throws {
        let meter = try PtyMeter(baud: 1_200) { _ in [] }
        let line = TestLine(path: meter.path, baud: 1_200)
        let answer = try await line.ask(9, at: 0, timeout: .milliseconds(40))
        #expect(answer.outcome == .noReply)
        let sent = try #require(answer.sent)
        let waited = answer.end - sent - LineTiming(baud: 1_200).characters(8)
        #expect(waited >= .milliseconds(40) && waited < .milliseconds(300), "\(waited)")
        await line.end()
        meter.stop()
    }

    @Test func aWrongCheckSumIsTold_andTheNextAnswerIsRight() async throws {
        let meter = try PtyMeter(baud: 19_200) { request in
            var frame = request.answer { UInt16($0) }
            if request.address == 0 { frame[4] ^= 0x10 }
            return .now(frame)
        }
        let line = TestLine(path: meter.path, baud: 19_200)
        #expect(try await line.ask(9, at: 0, count: 4).outcome == .checksum)
        #expect(words(try await line.ask(9, at: 7, count: 4)) == [7, 8, 9, 10])
        await line.end()
        meter.stop()
    }

    @Test func anAnswerThatBreaksOffIsShort() async throws {
        let meter = try PtyMeter(baud: 19_200) { .now(Array($0.answer { UInt16($0) }.dropLast(3))) }
        let line = TestLine(path: meter.path, baud: 19_200)
        #expect(try await line.ask(9, at: 0, count: 8).outcome == .shortFrame)
        await line.end()
        meter.stop()
    }

    @Test func anotherUnitsAnswerIsPassedOver() async throws {
        let meter = try PtyMeter(baud: 19_200) { request in
            var other = request
            other.unit = 77
            let stray = other.answer { _ in 0xDEAD }
            // Right behind it the true answer, or none.
            let own = MeterReply(bytes: request.answer { UInt16($0) }, delay: .milliseconds(40))
            return [MeterReply(bytes: stray)] + (request.address == 5 ? [own] : [])
        }
        let line = TestLine(path: meter.path, baud: 19_200)
        let right = try await line.ask(9, at: 5, count: 2)
        #expect(words(right) == [5, 6])
        let heard = try #require(right.strays.first?.heard)
        #expect(right.strays == [StrayFrame(unit: 77, function: 3, dataBytes: 4).heard(at: heard)])
        #expect(try await line.ask(9, at: 6, count: 2, timeout: .milliseconds(100)).outcome == .wrongAnswer)
        await line.end()
        meter.stop()
    }

    @Test func anAnswerOfAnotherFunctionOrLengthIsWrong() async throws {
        let meter = try PtyMeter(baud: 19_200) { request in
            var other = request
            if request.address == 0 { other.function = 4 } else { other.count += 1 }
            return .now(other.answer { UInt16($0) })
        }
        let line = TestLine(path: meter.path, baud: 19_200)
        for address in 0..<2 as Range<UInt16> {
            let answer = try await line.ask(9, at: address, count: 2, timeout: .milliseconds(100))
            #expect(answer.outcome == .wrongAnswer)
        }
        await line.end()
        meter.stop()
    }

    @Test(arguments: [[0x00], [0xFF, 0x00], [0x55, 0xAA, 0x55, 0xAA, 0x55, 0xAA]] as [[UInt8]])
    func noiseBeforeAnAnswerDoesNotCostTheAnswer(noise: [UInt8]) async throws {
        let meter = try PtyMeter(baud: 19_200) { .now(noise + $0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path, baud: 19_200)
        #expect(words(try await line.ask(9, at: 40, count: 6)) == [40, 41, 42, 43, 44, 45])
        await line.end()
        meter.stop()
    }

    @Test func noiseThatAUARTHandsOverInPortions_doesNotMakeTheNextRequestComeTooSoon() async throws {
        let meter = try PtyMeter(baud: 9_600, isStrict: true, chunk: 8) { request in
            .after(.milliseconds(5), [0x3C, 0xC3] + request.answer { UInt16($0) } + [0x55, 0x55, 0x55])
        }
        let line = TestLine(path: meter.path)
        for address in 0..<10 as Range<UInt16> {
            #expect(words(try await line.ask(9, at: address)) == [address])
        }
        #expect(meter.ignoredRequests == 0)
        await line.end()
        meter.stop()
    }

    @Test(arguments: [1_200, 2_400]) func onASlowLineTheLastPortionIsWaitedFor(baud: Int) async throws {
        // 15 bytes: the last 7 come when no more follow for 4 characters.
        let meter = try PtyMeter(baud: baud, chunk: 8) { request in
            let answer = request.answer { UInt16($0) }
            let rest = Int64(11 * 10) * 1_000_000_000 / Int64(baud)
            return [
                MeterReply(bytes: Array(answer[..<8])), MeterReply(bytes: Array(answer[8...]), delay: 2 * rest),
            ]
        }
        let line = TestLine(path: meter.path, baud: baud)
        #expect(words(try await line.ask(9, at: 3, count: 5)) == [3, 4, 5, 6, 7])
        await line.end()
        meter.stop()
    }

    @Test func afterSomebodyElseSpoke_onlyTheUsualTimeIsSpent() async throws {
        let meter = try PtyMeter { request in
            var other = request
            other.unit = 77
            return .now(other.answer { _ in 0 })
        }
        let line = TestLine(path: meter.path, baud: 19_200)
        let begin = SystemTime().bootTime()
        let answer = try await line.ask(9, at: 0, timeout: .seconds(10), patience: .milliseconds(60))
        #expect(answer.outcome == .wrongAnswer)
        #expect(answer.answerMayCome)
        #expect(SystemTime().bootTime() - begin < .seconds(3))
        await line.end()
        meter.stop()
    }

    @Test func noiseThatNeverEndsDoesNotHoldTheThread() async throws {
        let meter = try PtyMeter { _ in
            (0..<4_000).map { MeterReply(bytes: [UInt8(truncatingIfNeeded: $0)], delay: Int64($0) * 1_000_000) }
        }
        let line = TestLine(path: meter.path, baud: 9_600)
        let begin = SystemTime().bootTime()
        let answer = try await line.ask(9, at: 0, count: 10)
        #expect(answer.outcome == .checksum || answer.outcome == .shortFrame)
        #expect(SystemTime().bootTime() - begin < .seconds(3))
        await line.end()
    }

    @Test func aLineThatIsGoneIsLost() async throws {
        let path: String
        let line: TestLine
        do {
            let meter = try PtyMeter { .now($0.answer { UInt16($0) }) }
            path = meter.path
            line = TestLine(path: path)
            #expect(words(try await line.ask(9, at: 3)) == [3])
            meter.stop()
        }
        let answer = try await line.ask(9, at: 4)
        guard case .lost = answer.outcome else {
            Issue.record("\(answer.outcome)")
            return
        }
        await line.end()
    }

    @Test func aCallToStopEndsTheWaitForAnAnswer() async throws {
        let meter = try PtyMeter { _ in [] }
        let line = TestLine(path: meter.path)
        let begin = SystemTime().bootTime()
        async let answer = line.ask(9, at: 0, timeout: .seconds(30))
        #expect(await eventually { meter.requests.count == 1 })
        line.interrupt()
        #expect(try await answer.outcome == .stopped)
        #expect(SystemTime().bootTime() - begin < .seconds(5))
        await line.end()
        meter.stop()
    }
}
