import GatewayModel
import Testing

@testable import FieldBus

@Suite struct DLT645Tests {
    /// Decimals and sign of the identifiers in the vectors (DL/T 645-2007, annex A).
    private static let forms: [String: (bytes: Int, decimals: Int, signed: Bool)] = [
        "kWh": (4, 2, false), "kvarh": (4, 2, true), "V": (2, 1, false), "A": (3, 3, true), "kW": (3, 4, true),
        "pf": (2, 3, true), "Hz": (2, 2, false),
    ]

    @Test func thereAreAsManyVectorsAsEver() { #expect(Vectors.all("dlt645-2007").count == 17) }

    @Test("Building a request gives the bytes of the vector", arguments: Vectors.all("dlt645-2007"))
    func requestIsBuilt(vector: Vectors.Vector) throws {
        let bytes = try #require(vector.requestBytes)
        let frame = try DLT645Frame.parse(bytes)
        #expect(frame.bytes == Array(bytes.drop { $0 == 0xFE }))
        #expect(try Self.request(frame).frame(to: frame.address) == frame)
        if let identifier = vector.decoded["di"]?.text {
            let number = try #require(UInt32(identifier, radix: 16))
            #expect(try Self.request(frame) == .read(number))
        }
        if let address = vector.decoded["address"]?.text, frame.address.isOne {
            #expect(frame.address.description == address)
        }
    }

    @Test("The answer of the vector says what it decodes to", arguments: Vectors.all("dlt645-2007"))
    func answerIsDecoded(vector: Vectors.Vector) throws {
        guard let response = vector.responseBytes else { return }
        let asked = try DLT645Frame.parse(try #require(vector.requestBytes))
        let frame = try DLT645Frame.parse(response)
        switch DLT645Answer(frame, to: try Self.request(asked), address: asked.address) {
        case .mismatch: Issue.record("does not match")
        case .address(let number): #expect(number.description == vector.decoded["address"]?.text)
        case .refused(let refusal):
            #expect(refusal == .noSuchData)
            #expect(vector.decoded["err"]?.text == "02")
        case .values(let data, let hasMore):
            #expect(hasMore == (vector.id == "follow-up-flag"))
            try checkValues(vector, data)
        }
    }

    private func checkValues(_ vector: Vectors.Vector, _ data: [UInt8]) throws {
        var checked = 0
        for (unit, form) in Self.forms {
            guard let fact = vector.decoded[unit] else { continue }
            let expected: [String?]
            if case .list(let list) = fact { expected = list.map(\.text) } else { expected = [fact.text] }
            for (place, expected) in expected.enumerated() {
                let field = MeterBytes(
                    at: place * form.bytes, count: form.bytes, form: form.signed ? .signedDecimal : .decimal)
                let result = MeterFieldDecoder.decode(field, data: data, header: 4)
                guard case .sample(.integer(let raw)) = result else {
                    Issue.record("\(unit): \(result)")
                    continue
                }
                let value = DecimalNumber(significand: Int128(raw), exponent: -form.decimals)
                let number = try #require(expected)
                #expect(value == DecimalNumber(number))
                checked += 1
            }
        }
        #expect(checked > 0 || vector.id == "follow-up-flag")
    }

    private static func request(_ frame: DLT645Frame) throws -> DLT645Request {
        if frame.control == .readAddress { return .readAddress }
        try #require(frame.control == .read && frame.data.count == 4)
        return .read(frame.data.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }

    @Test func aWrongSumIsNamedTogetherWithTheRightOne() throws {
        let bytes = try Vectors.negative("dlt645-2007", "published-wrong-checksum")
        #expect(throws: FrameFault.checksum(correct: 0xB8, found: 0x20)) { try DLT645Frame.parse(bytes) }
    }

    @Test func anAnswerOfAnotherMeterOrToAnotherQuestionDoesNotMatch() throws {
        let vector = try Vectors.vector("dlt645-2007", "voltage-a")
        let frame = try DLT645Frame.parse(try #require(vector.responseBytes))
        let right = DLT645Request.read(0x0201_0100)
        #expect(DLT645Answer(frame, to: right, address: frame.address) != .mismatch)
        let group = try #require(MeterNumber("AAAAAAAA0161", digits: 12))
        #expect(DLT645Answer(frame, to: right, address: group) != .mismatch)
        let other = try #require(MeterNumber("000000000162", digits: 12))
        #expect(DLT645Answer(frame, to: right, address: other) == .mismatch)
        #expect(DLT645Answer(frame, to: .read(0x0201_0200), address: frame.address) == .mismatch)
        #expect(DLT645Answer(frame, to: .readAddress, address: frame.address) == .mismatch)
        // The own request, heard as an echo.
        let echo = right.frame(to: frame.address)
        #expect(DLT645Answer(echo, to: right, address: frame.address) == .mismatch)
    }

    @Test func theFollowingPartsOfAnAnswerCarryTheirNumber() throws {
        let address = try #require(MeterNumber("112233445566", digits: 12))
        let request = DLT645Request.readFollowing(0x0001_FF00, sequence: 2)
        #expect(Vectors.hex(request.frame(to: address).data) == "00FF010002")
        var frame = request.frame(to: address)
        frame.control = DLT645Control(rawValue: 0xB2)
        frame.data = [0x00, 0xFF, 0x01, 0x00, 0x78, 0x56, 2]
        #expect(DLT645Answer(frame, to: request, address: address) == .values([0x78, 0x56], hasMore: true))
        frame.data[6] = 3
        #expect(DLT645Answer(frame, to: request, address: address) == .mismatch)
    }

    @Test func aFieldOfFIsNoValue() {
        let field = MeterBytes(at: 0, count: 3, form: .signedDecimal)
        #expect(MeterFieldDecoder.decode(field, data: [0xFF, 0xFF, 0xFF], header: 4) == .bad(.noValue))
        #expect(MeterFieldDecoder.decode(field, data: [0xFF, 0xFF], header: 4) == .bad(.wrongAnswer))
    }
}
