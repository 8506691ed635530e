import GatewayModel
import Testing

@testable import FieldBus

/// Frames of the published vectors, request and answer.
@Suite struct FrameTests {
    private static let exchanges: [(request: String, answer: String)] = [
        ("11 01 00 13 00 13 8E 92", "11 01 03 CD 6B 05 40 12"),
        ("11 02 00 C4 00 16 BA A9", "11 02 03 AC DB 35 20 18"),
        ("11 03 00 6B 00 03 76 87", "11 03 06 02 2B 00 00 00 64 C8 BA"),
        ("11 04 00 08 00 01 B2 98", "11 04 02 00 0A F8 F4"),
        ("01 04 00 01 00 01 60 0A", "01 04 02 01 31 79 74"),
        ("01 03 00 20 00 02 C5 C1", "01 03 04 80 6B 42 12 12 82"),
        ("01 03 30 00 00 05 8A C9", "01 03 0A 13 88 13 88 02 19 01 7C 00 7B 06 1C"),
    ]

    private func parsed(_ bytes: [UInt8]) -> ReadRequest? {
        guard let seen = MeterRequest(rtu: bytes),
            let table = [1: .coil, 2: .discrete, 3: .holding, 4: .input][seen.function] as RegisterTable?
        else { return nil }
        return ReadRequest(unit: seen.unit, table: table, address: UInt16(seen.address), count: seen.count)
    }

    @Test func theCheckSumIsThatOfTheStandard() {
        #expect(CyclicRedundancyCheck.of(Array("123456789".utf8)) == 0x4B37)
    }

    @Test(arguments: exchanges.indices) func publishedAnswersAreAccepted(index: Int) throws {
        let (asked, answered) = Self.exchanges[index]
        let request = try #require(parsed(hex(asked)))
        #expect(request.body == Array(hex(asked).dropLast(2)))
        let frame = hex(answered)
        #expect(request.rtuAnswerBytes == frame.count)
        #expect(CyclicRedundancyCheck.holds(frame[...]))
        #expect(AnswerCheck(frame.dropLast(2), to: request) == .values(Array(frame.dropFirst(3).dropLast(2))))
        // Behind noise it is found again.
        for noise in [[0x00], [0xFF, 0x11, 0x03], [0x11, 0x83]] as [[UInt8]] {
            #expect(FrameScan(noise + frame, for: request).answer == .values(Array(frame.dropFirst(3).dropLast(2))))
        }
    }

    @Test(arguments: ["11 83 01 81 35", "11 83 02 C1 34", "11 83 0B 01 32"]) func publishedExceptions(text: String)
        throws
    {
        let request = try #require(parsed(hex("11 03 00 00 00 01 86 9A")))
        let frame = hex(text)
        #expect(CyclicRedundancyCheck.holds(frame[...]))
        #expect(AnswerCheck(frame.dropLast(2), to: request) == .exception(frame[2]))
    }

    @Test func framesThatAreNoAnswer() throws {
        let request = try #require(parsed(hex("11 03 00 6B 00 03 76 87")))
        // Bytes swapped in the check sum, one bit wrong, another unit, cut off, the request's own echo.
        for text in [
            "11 03 06 02 2B 00 00 00 64 BA C8", "11 03 06 02 2B 00 00 00 65 C8 BA",
            "12 03 06 02 2B 00 00 00 64 DC 4A", "11 03 06 02 2B", "11 03 00 6B 00 03 76 87",
        ] {
            #expect(FrameScan(hex(text), for: request).answer == nil, "\(text)")
        }
        #expect(FrameScan(hex("12 03 06 02 2B 00 00 00 64 DC 4A"), for: request).strays.map(\.unit) == [0x12])
        // Unit 0 answers nobody.
        #expect(AnswerCheck(hex("00 03 06 02 2B 00 00 00 64")[...], to: request) == .mismatch)
    }
}
