import GatewayModel
import Testing

@testable import FieldBus

/// What really was on a line is what the recorder holds.
@Suite(.serialized) struct RecordingTests {
    @Test func requestsAndAnswersAreRecordedWithTheirTimes() async throws {
        let meter = try PtyMeter(baud: 9_600) { .after(.milliseconds(30), $0.answer { UInt16($0) }) }
        let line = TestLine(path: meter.path)
        _ = try await line.ask(9, at: 5, count: 3)
        let frames = line.recorder.frames()
        #expect(frames.map(\.kind) == [.sent, .received])
        #expect(frames.map(\.bytes) == [sealed([9, 3, 0, 5, 0, 3]), sealed([9, 3, 6, 0, 5, 0, 6, 0, 7])])
        let apart = frames.count == 2 ? frames[1].time - frames[0].time : 0
        // 8 characters of the request are 8.3 ms at 9600 baud.
        #expect(apart >= .milliseconds(37), "\(apart)")
        await line.end()
        meter.stop()
    }

    @Test func spoiledBytesAndBytesThatNobodyAskedForAreRecordedAsTheyCame() async throws {
        let meter = try PtyMeter { _ in .now([1, 2, 3, 4, 5, 6, 7]) }
        let line = TestLine(path: meter.path)
        let spoiled = try await line.ask(9, at: 1)
        #expect(spoiled.outcome == .checksum)
        #expect(line.recorder.frames().last?.bytes == [1, 2, 3, 4, 5, 6, 7])
        let late = sealed([9, 3, 2, 0, 2])
        meter.send(late)
        var asked = 0
        while line.recorder.frames().allSatisfy({ !$0.bytes.starts(with: late) }), asked < 50 {
            _ = try await line.ask(9, at: 1)
            asked += 1
        }
        #expect(line.recorder.frames().contains { $0.bytes.starts(with: late) && $0.kind != .sent })
        await line.end()
        meter.stop()
    }

    @Test func bothDirectionsOfModbusTCPAreRecorded() async throws {
        let meter = TCPMeter { bytes, _ in
            guard let request = TCPRequest(bytes) else { return [] }
            return [.init(bytes: request.answer { UInt16($0) })]
        }
        let line = TestLine(.modbusTCP(host: "127.0.0.1", port: meter.port))
        _ = try await line.ask(3, at: 8, count: 1)
        let frames = line.recorder.frames()
        #expect(frames.map(\.kind) == [.sent, .received])
        #expect(frames.map { Array($0.bytes.dropFirst(6)) } == [[3, 3, 0, 8, 0, 1], [3, 3, 2, 0, 8]])
        await line.end()
        meter.stop()
    }

    @Test func aDeviceThatFallsSilentFreezesWhatLedToIt() async throws {
        let meter = try PtyMeter { request in request.unit == 5 ? [] : .now(request.answer { UInt16($0) }) }
        var station = TestStation(path: meter.path, baud: 115_200, timeout: .milliseconds(50))
        station.add(unit: 5, points: [.init(address: 1)])
        station.add(unit: 6, points: [.init(address: 1)])
        let worker = station.worker(CollectingSink())
        worker.start()
        #expect(await eventually { worker.recorder.summary.first != nil })
        await worker.stop()
        meter.stop()
        let fault = worker.recorder.frozen(.first)
        #expect(fault?.fault.reason == "device-5 fell silent: no-reply")
        #expect(fault?.frames.filter { $0.kind == .sent && $0.bytes.first == 5 }.count ?? 0 >= 3)
    }
}
