import Foundation
import GatewayModel
import Testing

@testable import FieldBus

/// Read by Wireshark's own dissectors, through tshark (Debian 12), without any setting.
@Suite struct CaptureFileTests {
    private static let tshark = "/usr/bin/tshark"
    private static let hasTshark = FileManager.default.isExecutableFile(atPath: tshark)

    private func dissect(_ frames: [RecordedFrame], _ framing: FrameText.Framing, _ options: [String]) throws
        -> [String]
    {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("capture-\(UUID().uuidString).pcap")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(CaptureFile.bytes(frames, framing: framing, offset: .seconds(1_700_000_000))).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.tshark)
        process.arguments = ["-r", file.path] + options
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
    }

    private func frames(_ frames: [(RecordedFrame.Kind, [UInt8])]) -> [RecordedFrame] {
        frames.enumerated().map { index, frame in
            RecordedFrame(kind: frame.0, time: BootTime(nanoseconds: Int64(index) * 12_345_000), bytes: frame.1)
        }
    }

    @Test(.enabled(if: hasTshark, "needs tshark")) func tsharkReadsFunctionsRegistersAndValues() throws {
        let frames = frames([
            (.sent, sealed([12, 3, 0, 16, 0, 2])), (.received, sealed([12, 3, 4, 0, 1, 1, 0])),
            (.sent, sealed([13, 4, 0, 0, 0, 1])), (.received, sealed([13, 0x84, 2])),
        ])
        let fields = ["-T", "fields", "-E", "separator=;"]
        let names = [
            "frame.time_epoch", "mbrtu.unit_id", "modbus.func_code", "modbus.reference_num", "modbus.word_cnt",
            "modbus.regnum16", "modbus.regval_uint16", "modbus.exception_code", "mbrtu.crc16.status",
        ].flatMap { ["-e", $0] }
        let lines = try dissect(frames, .rtu, ["-o", "mbrtu.crc_verification:TRUE"] + fields + names)
        #expect(
            lines == [
                "1700000000.000000000;12;3;16;2;;;;1", "1700000000.012345000;12;3;;;16,17;1,256;;1",
                "1700000000.024690000;13;4;0;1;;;;1", "1700000000.037035000;13;4;;;;;2;1",
            ])
    }

    @Test(.enabled(if: hasTshark, "needs tshark")) func tsharkTellsDirectionsAndSpoiledFrames() throws {
        var spoiled = sealed([12, 3, 4, 0, 1, 1, 0])
        spoiled[4] ^= 0x10
        let lines = try dissect(
            frames([(.sent, sealed([12, 3, 0, 16, 0, 2])), (.received, spoiled), (.unasked, [0])]), .rtu,
            [
                "-o", "mbrtu.crc_verification:TRUE", "-T", "fields", "-E", "separator=;", "-e", "ip.src", "-e",
                "_ws.col.Info",
                "-e", "mbrtu.crc16.status",
            ])
        #expect(lines.count == 3)
        #expect(lines.first?.contains("Query: Unit:  12, Func:   3") == true)
        #expect(lines.dropFirst().first?.contains("Response: Unit:  12") == true)
        #expect(lines.dropFirst().first?.hasSuffix(";0") == true, "the check sum is told to be bad: \(lines)")
    }

    @Test(.enabled(if: hasTshark, "needs tshark")) func tsharkReadsModbusTCP() throws {
        let request = ReadRequest(unit: 3, table: .input, address: 7, count: 1)
        let lines = try dissect(
            frames([
                (.sent, request.tcpFrame(transaction: 300)), (.received, [1, 44, 0, 0, 0, 5, 3, 4, 2, 0, 9]),
            ]), .tcp,
            [
                "-T", "fields", "-E", "separator=;", "-e", "mbtcp.trans_id", "-e", "modbus.func_code", "-e",
                "modbus.regnum16",
                "-e", "modbus.regval_uint16",
            ])
        #expect(lines == ["300;4;;", "300;4;7;9"])
    }

    /// Of which Wireshark knows nothing: what they say stands in the protocol column, and Modbus beside it is read as ever.
    @Test(.enabled(if: hasTshark, "needs tshark")) func tsharkShowsWhatMetersWithoutRegistersSay() throws {
        let energy = try Vectors.vector("dlt645-2007", "fwd-active-total")
        let heat = try #require(try Vectors.vector("cjt188", "heat-JY-capture").responseBytes)
        let multical = try #require(try Vectors.vector("mbus", "kamstrup_multical_601").responseBytes)
        let frames = frames([
            (.sent, try #require(energy.requestBytes)), (.received, try #require(energy.responseBytes)),
            (.received, heat), (.sent, MBusRequest.reset(address: 17).frame.bytes), (.received, [0xE5]),
            (.received, multical), (.sent, sealed([12, 3, 0, 16, 0, 2])),
        ])
        let lines = try dissect(
            frames, .rtu,
            [
                "-T", "fields", "-E", "separator=;", "-e", "ip.src", "-e", "_ws.col.Protocol", "-e", "data.len", "-e",
                "modbus.func_code",
            ])
        let begins = [
            "10.0.0.1;DL/T 645: meter 000000000161 read 00010000;",
            "10.0.0.2;DL/T 645: meter 000000000161 answers 00010000 = 26 00 00 00;",
            "10.0.0.2;CJ/T 188: meter 00000040314132 of type 20 answers 901F = ", "10.0.0.1;M-Bus: reset 17;5;",
            "10.0.0.2;M-Bus: acknowledged;1;", "10.0.0.2;M-Bus: 17 answers: meter 06855817 KAM, 28 records: ",
            "10.0.0.1;Modbus RTU;;3",
        ]
        #expect(lines.count == begins.count)
        for (line, begin) in zip(lines, begins) { #expect(line.hasPrefix(begin), "\(line)") }
        for (line, frame) in zip(lines.dropLast(), frames) {
            #expect(line.hasSuffix(";\(frame.bytes.count);"), "every byte is in the file: \(line)")
        }
    }

    @Test func theFileHeaderIsThatOfPcapWithMicroseconds() {
        let bytes = CaptureFile.bytes([], framing: .rtu, offset: 0)
        #expect(
            bytes == [
                0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 252, 0, 0, 0,
            ])
    }
}
