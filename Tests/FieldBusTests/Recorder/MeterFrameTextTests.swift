import Foundation
import GatewayModel
import GatewayTestSupport
import Synchronization
import Testing

@testable import FieldBus

/// Frames of meters without registers in the flight recorder's text, checked on the published vectors.
@Suite(.serialized) struct MeterFrameTextTests {
    private func lines(_ frames: [(RecordedFrame.Kind, [UInt8])]) -> [String] {
        var renderer = FrameText(.rtu)
        return frames.map { kind, bytes in
            let frame = RecordedFrame(kind: kind, time: BootTime(nanoseconds: 0), bytes: bytes)
            let line = renderer.line(frame, clock: "T")
            return String(line[(line.range(of: "  ")?.upperBound ?? line.startIndex)...])
        }
    }

    private func exchange(_ file: String, _ id: String) throws -> [String] {
        let vector = try Vectors.vector(file, id)
        return lines([(.sent, try #require(vector.requestBytes)), (.received, try #require(vector.responseBytes))])
    }

    @Test func aQuestionAndItsAnswerAreShownInEachProtocol() throws {
        #expect(
            try exchange("dlt645-2007", "fwd-active-total") == [
                "DL/T 645: meter 000000000161 read 00010000",
                "DL/T 645: meter 000000000161 answers 00010000 = 26 00 00 00",
            ])
        #expect(
            try exchange("dlt645-2007", "error-no-data").last
                == "DL/T 645: meter 112233445566 refuses: no such data")
        let heat = try #require(try Vectors.vector("cjt188", "heat-JY-capture").responseBytes)
        #expect(lines([(.received, heat)])[0].hasPrefix("CJ/T 188: meter 00000040314132 of type 20 answers 901F = "))
        let multical = try #require(try Vectors.vector("mbus", "kamstrup_multical_601").responseBytes)
        let telegrams = lines([
            (.sent, MBusRequest.reset(address: 17).frame.bytes), (.received, [0xE5]),
            (.sent, MBusRequest.readData(address: 17, toggle: true).frame.bytes), (.received, multical),
        ])
        #expect(telegrams.prefix(3) == ["M-Bus: reset 17", "M-Bus: acknowledged", "M-Bus: read data of 17"])
        #expect(
            telegrams[3].hasPrefix(
                "M-Bus: 17 answers: meter 06855817 KAM, 28 records: fabrication_number 6855817, energy 37351000 Wh, volume "
                    + "561.08 m3, "), "\(telegrams[3])")
    }

    @Test func wakeUpBytesAreNoNoise_andNoiseAroundAFrameIsTold() throws {
        let answer = try #require(try Vectors.vector("dlt645-2007", "voltage-a").responseBytes)
        let frame = Array(answer.drop { $0 == 0xFE })
        let shown = lines([(.received, [0x00, 0xFF] + [0xFE, 0xFE] + frame + [0x07])])
        #expect(
            shown[0].hasPrefix("DL/T 645: 2 bytes without a frame | meter 000000000161 answers 02010100 = "), "\(shown)"
        )
        #expect(shown[0].hasSuffix(" | 1 byte of noise"))
    }

    @Test func oneByteE5IsAnAcknowledgementOnlyAfterAnMBusFrame() {
        let reset = MBusRequest.reset(address: 3).frame.bytes
        let modbus = sealed([12, 3, 0, 16, 0, 2])
        #expect(lines([(.received, [0xE5])]) == ["1 byte of noise"])
        #expect(lines([(.sent, reset), (.received, [0xE5])]).last == "M-Bus: acknowledged")
        #expect(lines([(.sent, reset), (.sent, modbus), (.received, [0xE5])]).last == "1 byte of noise")
    }

    @Test(arguments: [("dlt645-2007", "DL/T 645"), ("cjt188", "CJ/T 188"), ("mbus", "M-Bus")])
    func everySoundFrameOfTheVectorsIsKnownForWhatItIs(file: String, speech: String) throws {
        var known = 0
        for vector in try Vectors.read(file).vectors {
            for bytes in [vector.requestBytes, vector.responseBytes].compactMap({ $0 }) where bytes.count > 1 {
                var renderer = FrameText(.rtu)
                let found = renderer.meter(bytes)
                let said = try #require(found, "\(vector.id): \(Vectors.hex(bytes))")
                #expect(said.hasPrefix("\(speech): "), "\(vector.id): \(said)")
                known += 1
            }
        }
        #expect(known >= 12)
    }

    @Test(arguments: 0..<100) func anyBytesAreExplainedWithoutATrap(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let all = ["dlt645-2007", "cjt188", "mbus"].flatMap { Vectors.all($0) }
            .flatMap { [$0.requestBytes, $0.responseBytes].compactMap { $0 } }
        var renderer = FrameText(.rtu)
        for _ in 0..<100 {
            var bytes = all.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            bytes = Array(bytes.prefix(Int.random(in: 1...512, using: &random)))
            let frame = RecordedFrame(kind: .received, time: BootTime(nanoseconds: 0), bytes: bytes)
            #expect(!renderer.line(frame, clock: "").isEmpty)
            #expect(CaptureFile.bytes([frame], framing: .rtu, offset: 0).count <= 24 + 16 + 512 + 350)
        }
    }

    /// What was on a real line is what the record says: a worker that asks four protocols.
    @Test func aMixedLineIsRecordedAndExplained_andAMeterThatFallsSilentFreezesWhatLedToIt() async throws {
        let energy = try Vectors.vector("dlt645-2007", "fwd-active-total")
        let heat = try #require(try Vectors.vector("cjt188", "heat-JY-capture").responseBytes)
        let telegram = try #require(try Vectors.vector("mbus", "kamstrup_multical_601").responseBytes)
        let isOff = Atomic(false)
        let line = try MixedLine([
            .modbus(unit: 1), .fixed(try #require(energy.requestBytes), try #require(energy.responseBytes)),
            .cjt188(heat, order: [0x90, 0x1F]),
            .init(baud: 2_400) { bytes in
                if isOff.load(ordering: .relaxed) { return nil }
                switch bytes {
                case MBusRequest.reset(address: 17).frame.bytes: return [0xE5]
                case MBusRequest.readData(address: 17, toggle: true).frame.bytes: return telegram
                default: return nil
                }
            },
        ])
        var station = TestStation(path: line.path)
        station.add(unit: 1, points: [.init(address: 40)])
        station.add(
            "electricity", .dlt645(try #require(MeterNumber("000000000161", digits: 12))),
            [(.identifier(0x0001_0000), MeterFields.decimal())])
        station.add(
            "heat", .cjt188(type: 0x20, try #require(MeterNumber("00000040314132", digits: 14)), order: nil),
            [(.identifier(0x901F), MeterFields.decimal(25, 3))])
        let field = try #require(MeterFields.record(.energy, "kWh", exponent: -3))
        station.add("mbus", .mbusPrimary(17), timeout: .milliseconds(100), [(.telegrams, field)])
        let sink = CollectingSink()
        let worker = station.worker(sink)
        worker.start()
        let all = await sink.wait { readings in
            (0..<4).allSatisfy { point in readings.contains { $0.point == point && $0.quality == .good } }
        }
        isOff.store(true, ordering: .relaxed)
        let isSilent = await eventually { worker.recorder.summary.first != nil }
        await worker.stop()
        line.stop()
        #expect(all && isSilent)
        let fault = try #require(worker.recorder.frozen(.first))
        #expect(fault.fault.reason == "mbus fell silent: no-reply")
        let shown = lines(fault.frames.map { ($0.kind, $0.bytes) })
        for wanted in [
            "unit 1 answers holding 40 = 40", "DL/T 645: meter 000000000161 answers 00010000 = 26 00 00 00",
            "CJ/T 188: meter 00000040314132 of type 20 read 901F", "M-Bus: 17 answers: meter 06855817 KAM, 28 records:",
            "M-Bus: acknowledged",
        ] {
            #expect(shown.contains { $0.hasPrefix(wanted) }, "\(wanted)")
        }
        let last = shown.filter { $0.hasPrefix("M-Bus: ") }.suffix(3)
        #expect(last == ["M-Bus: reset 17", "M-Bus: reset 17", "M-Bus: reset 17"], "the three tries without an answer")
        #expect(!shown.contains { $0.contains("without a frame") || $0.contains("noise") }, "\(shown)")
    }
}
