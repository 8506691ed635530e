import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite(.serialized) struct ListenTests {
    private var station: TestStation {
        var station = TestStation(path: "/dev/null")
        station.add(
            unit: 7,
            points: [
                .init(address: 10, period: .every(.seconds(1))),
                .init(address: 12, type: .uint32, period: .every(.seconds(10))),
                .init(table: .input, address: 10, period: .every(.seconds(1))),
            ])
        return station
    }

    private func conversation(_ station: TestStation) -> ListenConversation {
        ListenConversation(devices: station.devices, points: station.points, now: BootTime(nanoseconds: 0))
    }

    private let request = sealed([7, 3, 0, 10, 0, 4])
    private let answer = sealed([7, 3, 8, 0, 55, 0, 0, 0, 1, 0, 2])

    private func at(_ seconds: Double) -> BootTime { BootTime(nanoseconds: Int64(seconds * 1e9)) }

    /// One round of the other master.
    private func round(_ listen: inout ListenConversation, at begin: Double) -> [Reading] {
        let asked = listen.heard(frame: request, begin: at(begin), end: at(begin + 0.008), offset: 0)
        return asked + listen.heard(frame: answer, begin: at(begin + 0.02), end: at(begin + 0.03), offset: 0)
    }

    @Test func anotherMastersAnswersBecomeReadingsOnceAPeriod() {
        var listen = conversation(station)
        let readings = (0..<20).flatMap { round(&listen, at: Double($0) / 2 + 0.1) }
        #expect(readings.filter { $0.point == 0 }.map(\.sample) == Array(repeating: .integer(55), count: 10))
        #expect(readings.filter { $0.point == 1 }.map(\.sample) == [.integer(65_538)], "its period is 10 s")
        #expect(readings.allSatisfy { $0.point != 2 }, "another table")
        #expect(readings.first?.time == at(0.13))
        #expect(listen.counters[0].replies == 20)
        #expect(ResponseTimes(listen.turnarounds[0]).map { $0.p50 > .milliseconds(11) } == true)
    }

    @Test func anAnswerWithoutItsRequestIsNothing() {
        var listen = conversation(station)
        let alone = listen.heard(frame: answer, begin: at(1), end: at(1), offset: 0)
        _ = listen.heard(frame: request, begin: at(2), end: at(2), offset: 0)
        let other = sealed([8, 3, 8, 0, 55, 0, 0, 0, 1, 0, 2])
        let foreign = listen.heard(frame: other, begin: at(2), end: at(2), offset: 0)
        let late = listen.heard(frame: answer, begin: at(9), end: at(9), offset: 0)
        #expect(alone.isEmpty && foreign.isEmpty && late.isEmpty)
    }

    @Test func anExceptionIsToldAndSilenceBecomesStaleOnce() {
        var listen = conversation(station)
        _ = listen.heard(frame: request, begin: at(1), end: at(1), offset: 0)
        let refused = listen.heard(frame: sealed([7, 0x83, 2]), begin: at(1), end: at(1), offset: 0)
        #expect(refused.map(\.quality) == [.exception, .exception])
        let silent = [29.0, 31, 60].map { listen.silent(now: at($0)).map(\.quality) }
        #expect(silent == [[], [.stale, .stale, .stale], []])
        let again = round(&listen, at: 61)
        #expect(again.count == 2, "heard again")
    }

    @Test(arguments: 0..<20) func anyFramesAreHeardWithoutATrap(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var listen = conversation(station)
        for round in 0..<300 {
            var body = (0..<Int.random(in: 1...30, using: &random)).map { _ in UInt8.random(in: 0...20, using: &random)
            }
            body[0] = 7
            _ = listen.heard(frame: sealed(body), begin: at(Double(round)), end: at(Double(round)), offset: 0)
            _ = listen.silent(now: at(Double(round)))
        }
    }

    /// A whole worker on a line that another master polls: readings come, and not one byte is sent.
    @Test func aListenOnlyBusSendsNotOneByte() async throws {
        let meter = try PtyMeter { _ in [] }
        var station = self.station
        station.bus = BusConfiguration(
            id: "old", connection: .serial(path: meter.path, format: SerialFormat()), isListenOnly: true)
        station.devices[0].bus = "old"
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { worker.status.state == .polling })
        #expect(
            await eventually {
                meter.send(request + answer)
                return sink.readings.count >= 4
            })
        await worker.stop()
        meter.stop()
        #expect(sink.readings(of: 0).first?.sample == .integer(55))
        #expect(meter.requests.isEmpty && meter.bytesReceived == 0)
    }
}
