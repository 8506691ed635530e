import GatewayModel
import Synchronization
import Testing

@testable import FieldBus

/// Bus workers on PTYs with meters that answer as those of the vectors did.
@Suite(.serialized) struct MixedLineTests {
    private let energy = MeterQuestion.identifier(0x0001_0000)
    private let voltage = MeterQuestion.identifier(0x0201_0100)

    private func electricity(_ id: String) throws -> MixedLine.Meter {
        let vector = try Vectors.vector("dlt645-2007", id)
        return .fixed(try #require(vector.requestBytes), try #require(vector.responseBytes))
    }

    private func number(_ text: String) throws -> DeviceAddress {
        .dlt645(try #require(MeterNumber(text, digits: 12)))
    }

    private func heat(_ text: String, order: IdentifierOrder? = nil) throws -> DeviceAddress {
        .cjt188(type: 0x20, try #require(MeterNumber(text, digits: 14)), order: order)
    }

    /// The Multical of the vectors at primary address 17, with the telegram in two parts when `isSplit`.
    private func multical(isSplit: Bool = false) throws -> MixedLine.Meter {
        let vector = try Vectors.vector("mbus", "kamstrup_multical_601")
        let whole = try #require(vector.responseBytes)
        guard case .long(let control, let address, let information, let data) = try MBusFrame.parse(whole) else {
            throw FrameFault.noBegin
        }
        // Header, fabrication number and energy; then the same header and the rest.
        let cut = 12 + 6 + 6
        let first = MBusFrame.long(
            control: control, address: address, information: information, data: Array(data[..<cut]) + [0x1F])
        let second = MBusFrame.long(
            control: control, address: address, information: information, data: Array(data[..<12]) + data[cut...])
        return MixedLine.Meter(baud: 2_400) { bytes in
            switch bytes {
            case MBusRequest.reset(address: 17).frame.bytes: [0xE5]
            case MBusRequest.readData(address: 17, toggle: true).frame.bytes: isSplit ? first.bytes : whole
            case MBusRequest.readData(address: 17, toggle: false).frame.bytes: isSplit ? second.bytes : []
            default: nil
            }
        }
    }

    @Test func fourProtocolsShareOneLineEachAtItsOwnSpeed() async throws {
        let jy = try #require(try Vectors.vector("cjt188", "heat-JY-capture").responseBytes)
        let line = try MixedLine([
            .modbus(unit: 1), try electricity("fwd-active-total"), try electricity("voltage-a"),
            .cjt188(jy, order: [0x90, 0x1F]), try multical(isSplit: true),
        ])
        var station = TestStation(path: line.path)
        station.add(unit: 1, points: [.init(address: 40), .init(address: 41)])
        station.add(
            "electricity", try number("000000000161"),
            [(energy, MeterFields.decimal()), (voltage, MeterFields.decimal(0, 2))])
        let heatField = try #require(MeterFields.heat(5, "GJ", .before, exponent: -9))
        station.add(
            "heat", try heat("00000040314132"),
            [(.identifier(0x901F), heatField), (.identifier(0x901F), MeterFields.decimal(25, 3))])
        let energyRecord = try #require(MeterFields.record(.energy, "GJ", exponent: -9))
        let flowRecord = try #require(MeterFields.record(.flow, "m3/h", exponent: -6))
        station.add("mbus", .mbusPrimary(17), [(.telegrams, energyRecord), (.telegrams, flowRecord)])
        let expected: [Sample] = [
            .integer(40), .integer(41), .integer(26), .integer(1_001),
            // 0.02 MWh is 0.072 GJ; 25.35 C.
            .integer(72_000_000), .integer(2_535),
            // 37351 kWh; the flow is in the second telegram.
            .integer(134_463_600_000), .integer(543_000),
        ]
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let all = await sink.wait { readings in
            expected.indices.allSatisfy { point in
                readings.filter { $0.point == point && $0.quality == .good }.count >= 3
            }
        }
        await worker.stop()
        line.stop()
        #expect(all)
        for reading in sink.readings where reading.quality == .good {
            #expect(reading.sample == expected[reading.point], "point \(reading.point)")
        }
        // Points of one question come with one answer.
        for transaction in sink.transactions
        where transaction.contains(where: { $0.point >= 6 && $0.quality == .good }) {
            #expect(transaction.map(\.point) == [6, 7])
        }
        // Nobody was spoken to at another's speed.
        for request in line.heard {
            #expect(request.baud == (request.bytes.first == 1 ? 9_600 : 2_400), "\(Vectors.hex(request.bytes))")
        }
        let status = worker.status
        #expect(status.devices.map(\.address.text) == ["1", "000000000161", "00000040314132", "17"])
        #expect(status.devices.allSatisfy { $0.counters.replies >= 3 && $0.counters.checksumErrors == 0 })
    }

    /// A meter that says who it is beside its values is not asked twice, and is known for another one by its first answer.
    @Test func anMBusMeterThatIsChangedBetweenTwoReadingsDeliversNoValue() async throws {
        let telegram = try #require(try Vectors.vector("mbus", "kamstrup_multical_601").responseBytes)
        guard case .long(let control, let address, let information, var data) = try MBusFrame.parse(telegram) else {
            throw FrameFault.noBegin
        }
        // The record 0C 78 behind the header is its fabrication number.
        data[14] = 0x18
        let changed = MBusFrame.long(control: control, address: address, information: information, data: data).bytes
        let isOther = Atomic(false)
        let line = try MixedLine([
            .init(baud: 2_400) { bytes in
                switch bytes {
                case MBusRequest.reset(address: 17).frame.bytes: [0xE5]
                case MBusRequest.readData(address: 17, toggle: true).frame.bytes:
                    isOther.load(ordering: .relaxed) ? changed : telegram
                default: nil
                }
            }
        ])
        var station = TestStation(path: line.path)
        let energy = try #require(MeterFields.record(.energy, "kWh", exponent: -3))
        station.add("heat", .mbusPrimary(17), [(.telegrams, energy)])
        station.devices[0].identity = .meter(
            MeterSource(
                question: .telegrams, field: .record(MeterRecord(.quantity(.fabricationNumber), isText: true)), place: 0
            ))
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.adopt([:])
        worker.start()
        #expect(await sink.wait { $0.count >= 10 })
        let looked = worker.status.devices[0].identity
        isOther.store(true, ordering: .relaxed)
        let change = line.heard.count
        #expect(await sink.wait { $0.count { $0.quality == .wrongAnswer } >= 10 })
        await worker.stop()
        line.stop()
        #expect(looked == "06855817" || looked == "6855817", "\(looked ?? "")")
        let first = sink.readings.firstIndex { $0.quality == .wrongAnswer } ?? 0
        #expect(first >= 10 && sink.readings[first...].allSatisfy { $0.quality == .wrongAnswer && $0.sample == nil })
        // A reset and a question each: one look at the start, one at the change.
        let questions = line.heard.count / 2
        #expect((sink.readings.count...sink.readings.count + 4).contains(questions), "\(questions), \(change / 2)")
        #expect(worker.status.verdicts.map(\.kind) == [.otherDevice])
    }

    @Test func theOrderOfAnIdentifiersBytesIsTriedUntilTheMeterAnswers() async throws {
        let answer = try #require(try Vectors.vector("cjt188", "heat-DI-reversed-GJ-lowbat").responseBytes)
        let line = try MixedLine([.cjt188(answer, order: [0x1F, 0x90])])
        var station = TestStation(path: line.path)
        let field = try #require(MeterFields.heat(5, "GJ", .after, exponent: -9))
        station.add("heat", try heat("00001234567890"), timeout: .milliseconds(50), [(.identifier(0x901F), field)])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let found = await sink.wait { $0.filter { $0.quality == .good }.count >= 3 }
        await worker.stop()
        line.stop()
        #expect(found)
        #expect(sink.readings.last?.sample == .integer(2_345_670_000_000))
        // One request in the wrong order at most: what was learnt is kept.
        #expect(line.heard.filter { Array($0.bytes.drop { $0 == 0xFE })[11] == 0x90 }.count == 1)
    }

    @Test func dataThatTheMeterDoesNotHaveIsGivenUpAndTheRestGoesOn() async throws {
        let refusal = try Vectors.vector("dlt645-2007", "error-no-data")
        let line = try MixedLine([
            .fixed(try #require(refusal.requestBytes), try #require(refusal.responseBytes)),
            try electricity("frequency"),
        ])
        var station = TestStation(path: line.path)
        station.add(
            "electricity", try number("112233445566"),
            [
                (.identifier(0x0280_0099), MeterFields.decimal(0, 2)),
                (.identifier(0x0280_0002), MeterFields.decimal(0, 2)),
            ])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let isKnown = await eventually { worker.status.devices[0].unsupported.map(\.point) == [0] }
        let before = line.heard.count
        let goesOn = await eventually { line.heard.count >= before + 3 }
        await worker.stop()
        line.stop()
        #expect(isKnown && goesOn)
        #expect(sink.readings(of: 0).allSatisfy { $0.quality == .exception })
        #expect(sink.readings(of: 1).contains { $0.sample == .integer(4_998) })
        #expect(line.heard.suffix(3).allSatisfy { $0.bytes.dropFirst(4) == line.heard.last?.bytes.dropFirst(4) })
    }

    @Test func anAnswerInSeveralPartsIsAskedForToItsEnd() async throws {
        let address = try number("112233445566")
        let meter = try #require(MeterNumber("112233445566", digits: 12))
        let block: UInt32 = 0x0001_FF00
        func said(_ control: UInt8, _ data: [UInt8]) -> [UInt8] {
            DLT645Frame(address: meter, control: DLT645Control(rawValue: control), data: data).bytes
        }
        let identifier = DLT645Request.bytes(block)
        let parts: [(DLT645Request, [UInt8])] = [
            (.read(block), said(0xB1, identifier + [0x78, 0x56, 0x34, 0x12])),
            (.readFollowing(block, sequence: 1), said(0xB2, identifier + [0x01, 0x00, 0x00, 0x00, 1])),
            (.readFollowing(block, sequence: 2), said(0x92, identifier + [0x02, 0x00, 0x00, 0x00, 2])),
        ]
        let line = try MixedLine(parts.map { .fixed($0.0.frame(to: meter).bytes, $0.1) })
        var station = TestStation(path: line.path)
        station.add("electricity", address, (0..<3).map { (.identifier(block), MeterFields.decimal(4 * $0)) })
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let found = await sink.wait { $0.count >= 3 }
        await worker.stop()
        line.stop()
        #expect(found)
        #expect(sink.readings.prefix(3).map(\.sample) == [.integer(12_345_678), .integer(1), .integer(2)])
    }

    @Test func aSilentMeterCostsTheOthersNothingAndIsFoundAgain() async throws {
        let line = try MixedLine([.modbus(unit: 1)])
        var station = TestStation(path: line.path)
        station.add(unit: 1, points: [.init(address: 7)])
        station.add("gone", try number("000000000161"), timeout: .milliseconds(60), [(energy, MeterFields.decimal())])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let isSilent = await eventually {
            if case .silent = worker.status.devices[1].state { true } else { false }
        }
        await worker.stop()
        line.stop()
        #expect(isSilent)
        #expect(sink.readings(of: 1).allSatisfy { $0.sample == nil })
        #expect(sink.readings(of: 1).contains { $0.quality == .noReply })
        #expect(sink.readings(of: 0).contains { $0.sample == .integer(7) })
        #expect(worker.status.devices[1].counters.timeouts >= 3)
    }

    @Test func aMeterIsCalledByItsSecondaryAddressAndAnotherOnesAnswerIsNotTaken() async throws {
        let vector = try Vectors.vector("mbus", "kamstrup_multical_601")
        let answer = try #require(vector.responseBytes)
        let whole = try #require(MBusSecondaryAddress("06855817.KAM.08.04"))
        let other = try #require(MBusSecondaryAddress("06855818"))
        // Both are acknowledged, and both times the Multical answers: two meters that take a selection for theirs.
        let line = try MixedLine([
            MixedLine.Meter(baud: 2_400) { bytes in
                switch bytes {
                case MBusRequest.select(whole).frame.bytes, MBusRequest.select(other).frame.bytes: [0xE5]
                case MBusRequest.readData(address: 0xFD, toggle: true).frame.bytes: answer
                default: nil
                }
            }
        ])
        var station = TestStation(path: line.path)
        let field = try #require(MeterFields.record(.energy, "kWh", exponent: -3))
        station.add("right", .mbusSecondary(whole), [(.telegrams, field)])
        station.add("wrong", .mbusSecondary(other), [(.telegrams, field)])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let both = await sink.wait { readings in [0, 1].allSatisfy { point in readings.contains { $0.point == point } }
        }
        await worker.stop()
        line.stop()
        #expect(both)
        #expect(sink.readings(of: 0).first?.sample == .integer(37_351_000))
        #expect(sink.readings(of: 1).allSatisfy { $0.quality == .wrongAnswer })
    }

    @Test func anEchoNoiseAndAForeignFrameBeforeTheAnswerArePassedOver() async throws {
        let vector = try Vectors.vector("dlt645-2007", "voltage-a")
        let request = Array(try #require(vector.requestBytes).drop { $0 == 0xFE })
        let answer = try #require(vector.responseBytes)
        let foreign = try #require(try Vectors.vector("dlt645-2007", "frequency").responseBytes)
        let line = try MixedLine([.fixed(request, request + [0x00, 0xFF] + foreign + [0xFE, 0xFE] + answer)])
        var station = TestStation(path: line.path)
        station.add("electricity", try number("000000000161"), [(voltage, MeterFields.decimal(0, 2))])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let found = await sink.wait { $0.count >= 2 }
        await worker.stop()
        line.stop()
        #expect(found)
        #expect(sink.readings.allSatisfy { $0.sample == .integer(1_001) })
    }

    @Test func aWrongSumAndAnAnswerThatBreaksOffAreSpoiled() async throws {
        let vector = try Vectors.vector("dlt645-2007", "voltage-a")
        let request = try #require(vector.requestBytes)
        let answer = try #require(vector.responseBytes)
        var spoiled = answer
        spoiled[14] ^= 1
        for (bytes, quality) in [(spoiled, Quality.checksum), (Array(answer.dropLast(3)), .noReply)] {
            let line = try MixedLine([.fixed(request, bytes)])
            var station = TestStation(path: line.path)
            station.add("electricity", try number("000000000161"), [(voltage, MeterFields.decimal(0, 2))])
            let sink = CollectingSink()
            let worker = station.worker(sink)
            worker.start()
            let found = await sink.wait { !$0.isEmpty }
            await worker.stop()
            line.stop()
            #expect(found)
            #expect(sink.readings.first?.quality == quality)
            let counters = worker.status.devices[0].counters
            #expect(counters.checksumErrors + counters.shortFrames >= 1)
        }
    }
}
