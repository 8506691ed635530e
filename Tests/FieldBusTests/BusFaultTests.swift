import FieldBus
import GatewayModel
import Glibc
import SerialLine
import Synchronization
import Testing

/// What goes wrong on a line, seen from the sink and from status.
@Suite(.serialized) struct BusFaultTests {
    @Test func aStrictMeterIgnoresNoRequest_whateverTheLengthOfTheAnswers() async throws {
        let meter = try PtyMeter(baud: 19_200, isStrict: true) { .after(.milliseconds(4), $0.answer { UInt16($0) }) }
        var station = TestStation(path: meter.path, baud: 19_200)
        for unit in 1...4 as ClosedRange<UInt8> {
            station.add(unit: unit, points: (0..<10).map { .init(address: UInt16($0 * 40), period: .continuous) })
        }
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 200 })
        await worker.stop()
        meter.stop()
        #expect(meter.ignoredRequests == 0)
        #expect(sink.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aWrongCheckSumGivesAReadingWithoutValue_unlessARetryIsRight() async throws {
        let count = Atomic(0)
        let meter = try PtyMeter { request in
            var answer = request.answer { _ in 42 }
            if count.wrappingAdd(1, ordering: .relaxed).newValue % 3 == 0 { answer[answer.count - 1] ^= 1 }
            return .now(answer)
        }
        var station = TestStation(path: meter.path, baud: 19_200)
        station.add(unit: 1, points: [.init(address: 0, period: .every(.milliseconds(20)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count { $0.quality == .checksum } >= 3 && $0.count { $0.quality == .good } >= 6 })
        await worker.stop()
        #expect(sink.readings.allSatisfy { ($0.sample == .integer(42)) == ($0.quality == .good) })
        #expect(Set(sink.readings.map(\.quality)) == [.good, .checksum])
        #expect(worker.status.devices[0].counters.checksumErrors >= 3)

        station.devices[0].retries = 1
        let second = CollectingSink()
        let patient = station.worker(second)
        patient.start()
        #expect(await second.wait { $0.count >= 20 })
        await patient.stop()
        meter.stop()
        #expect(second.readings.allSatisfy { $0.quality == .good })
    }

    @Test func aDeadDeviceIsToldOnce_itsNeighbourGoesOn_andItIsFoundAgain() async throws {
        let isDead = Atomic(true)
        let meter = try PtyMeter(baud: 115_200) { request in
            request.unit == 2 && isDead.load(ordering: .relaxed) ? [] : .now(request.answer { UInt16($0) })
        }
        var station = TestStation(path: meter.path, baud: 115_200, timeout: .milliseconds(50))
        let period = SamplingPeriod.every(.milliseconds(200))
        station.add(unit: 1, points: [.init(address: 0, period: period)])
        station.add(unit: 2, points: [.init(address: 0, period: period), .init(address: 500, period: period)])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { if case .silent = worker.status.devices[1].state { true } else { false } })
        let told = sink.readings(of: 1).count
        #expect(sink.readings(of: 1).last?.quality == .noReply && sink.readings(of: 2).last?.quality == .noReply)
        let before = sink.readings(of: 0).count
        #expect(await eventually { sink.readings(of: 0).count >= before + 5 })
        #expect(sink.readings(of: 1).count == told, "a silent device gives no further readings")
        isDead.store(false, ordering: .relaxed)
        #expect(await sink.wait { $0.contains { $0.point == 2 && $0.quality == .good } })
        await worker.stop()
        meter.stop()
        #expect(sink.readings(of: 0).allSatisfy { $0.quality == .good })
        #expect(worker.status.devices[1].state == .ok)
    }

    @Test func aGapThatTheDeviceRefusesIsLearnt_andItsNeighboursAreRead() async throws {
        let meter = try PtyMeter(baud: 115_200) { request in
            let refused = [25..<27, 40..<45]
            return .now(
                refused.contains { $0.overlaps(request.addresses) }
                    ? request.exception(2) : request.answer { UInt16($0) })
        }
        var station = TestStation(path: meter.path, baud: 115_200)
        let period = SamplingPeriod.every(.milliseconds(250))
        let addresses: [UInt16] = [10, 12, 24, 27, 30, 39, 45, 47]
        station.add(
            unit: 1, turnaround: .milliseconds(30), points: addresses.map { .init(address: $0, period: period) })
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        // Every point from the first round on; in the end nothing is refused any more.
        #expect(await eventually { worker.status.devices[0].refusedGaps.count == 2 })
        let refusals = worker.status.devices[0].counters.exceptions[2] ?? 0
        let seen = sink.readings.count
        #expect(await sink.wait { $0.count >= seen + 5 * addresses.count })
        await worker.stop()
        meter.stop()
        #expect(worker.status.devices[0].counters.exceptions[2] == refusals)
        #expect(worker.status.devices[0].refusedGaps.map(\.addresses) == [25..<27, 40..<45])
        #expect(
            sink.readings.allSatisfy { $0.quality == .good },
            "\(sink.readings.filter { $0.quality != .good }.prefix(5))")
        for (point, address) in addresses.enumerated() {
            #expect(Set(sink.readings(of: point).map(\.sample)) == [.integer(Int64(address))])
        }
        // Two requests for what lies left and right of each gap: three in all.
        let last = meter.requests.suffix(3).map { $0.addresses }
        #expect(Set(last) == [10..<25, 27..<40, 45..<48])
    }

    @Test func aPointThatWasNeverThereIsGivenUp_oneThatAnsweredIsNot() async throws {
        let refusesAll = Atomic(false)
        let meter = try PtyMeter(baud: 115_200) { request in
            let isRefused =
                request.addresses.contains(11) || (refusesAll.load(ordering: .relaxed) && request.address > 11)
            return .now(isRefused ? request.exception(2) : request.answer { UInt16($0) })
        }
        var station = TestStation(path: meter.path, baud: 115_200)
        station.add(unit: 1, points: [10, 11, 12].map { .init(address: $0, period: .every(.milliseconds(200))) })
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { worker.status.devices[0].unsupported.map(\.point) == [1] })
        #expect(sink.readings(of: 1).allSatisfy { $0.quality == .exception })
        #expect(sink.readings(of: 0).contains { $0.quality == .good })
        refusesAll.store(true, ordering: .relaxed)
        #expect(await sink.wait { $0.count { $0.point == 2 && $0.quality == .exception } >= 4 })
        refusesAll.store(false, ordering: .relaxed)
        let refused = sink.readings(of: 2).count
        #expect(await eventually { sink.readings(of: 2).dropFirst(refused).contains { $0.quality == .good } })
        await worker.stop()
        meter.stop()
        #expect(worker.status.devices[0].unsupported.map(\.point) == [1])
        #expect(sink.readings(of: 0).allSatisfy { $0.quality == .good })
    }

    @Test func aPortThatVanishedIsOpenedAgainUnderItsPath() async throws {
        let link = "/tmp/fieldbus-test-\(getpid())"
        var meter: PtyMeter? = try PtyMeter(baud: 115_200) { .now($0.answer { _ in 1 }) }
        unlink(link)
        #expect(symlink(meter?.path ?? "", link) == 0)
        defer { unlink(link) }
        var station = TestStation(path: link, baud: 115_200)
        station.add(unit: 1, points: [.init(address: 0, period: .every(.milliseconds(30)))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await sink.wait { $0.count >= 3 })
        unlink(link)
        meter?.stop()
        meter = nil
        #expect(await eventually { worker.status.state == .portLost })
        #expect(worker.status.portError?.contains(link) == true, "\(worker.status.portError ?? "")")
        #expect(sink.readings.last?.quality == .portLost)
        #expect(sink.readings.count { $0.quality == .portLost } == 1)

        let second = try PtyMeter(baud: 115_200) { .now($0.answer { _ in 2 }) }
        #expect(symlink(second.path, link) == 0)
        #expect(await sink.wait { $0.last?.sample == .integer(2) })
        #expect(worker.status.state == .polling && worker.status.portError == nil)
        #expect(worker.status.portLosses == 1)
        await worker.stop()
        second.stop()
    }

    @Test func aPortInUseIsToldInStatus_andTakenWhenItIsFree() async throws {
        let meter = try PtyMeter(baud: 115_200) { .now($0.answer { _ in 1 }) }
        var station = TestStation(path: meter.path, baud: 115_200)
        station.add(unit: 1, points: [.init(address: 0)])
        var holder: SerialPort? = try SerialPort(path: meter.path, settings: SerialSettings(baud: 9_600))
        #expect(holder != nil)
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        #expect(await eventually { worker.status.state == .portLost })
        #expect(worker.status.portError?.contains("end the other program") == true)
        holder = nil
        #expect(await sink.wait { $0.last?.quality == .good })
        await worker.stop()
        meter.stop()
    }

    @Test(arguments: [0, 1, 2]) func stoppingTakesLessThanASecond(case number: Int) async throws {
        let meter = try PtyMeter(baud: 115_200) { _ in [] }
        // Waiting for an answer; waiting to open a port that is not there; waiting for the next period.
        let path = number == 1 ? "/dev/no-such-port" : meter.path
        var station = TestStation(path: path, baud: 115_200, timeout: .seconds(60))
        station.add(unit: 1, points: number == 2 ? [] : [.init(address: 0, period: .every(.seconds(3_600)))])
        let worker = station.worker(CollectingSink())
        worker.start()
        switch number {
        case 0: #expect(await eventually { !meter.requests.isEmpty })
        case 1: #expect(await eventually { worker.status.state == .portLost })
        default: #expect(await eventually { worker.status.state == .polling })
        }
        let begin = SystemTime().bootTime()
        await worker.stop()
        #expect(SystemTime().bootTime() - begin < .seconds(1))
        #expect(worker.status.state == .stopped)
        meter.stop()
    }
}
