import GatewayModel
import Testing

@testable import FieldBus

@Suite struct CJT188Tests {
    @Test func thereAreAsManyVectorsAsEver() { #expect(Vectors.all("cjt188").count == 10) }

    @Test("Building a request gives the bytes of the vector", arguments: Vectors.all("cjt188"))
    func requestIsBuilt(vector: Vectors.Vector) throws {
        let bytes = try #require(vector.requestBytes)
        let frame = try CJT188Frame.parse(bytes)
        #expect(frame.bytes == Array(bytes.drop { $0 == 0xFE }))
        guard frame.control == CJT188Frame.readData || frame.control == CJT188Frame.readAddress else {
            // A valve: this program does not build it.
            #expect(vector.id == "valve-open-SC")
            return
        }
        #expect(try Self.request(frame).frame(to: frame.address, type: frame.type) == frame)
        if let meter = vector.decoded["meter"]?.text, frame.address.isOne {
            #expect(frame.address.description == meter)
        }
    }

    @Test("The answer of the vector says what it decodes to", arguments: Vectors.all("cjt188"))
    func answerIsDecoded(vector: Vectors.Vector) throws {
        guard let response = vector.responseBytes else { return }
        let asked = try CJT188Frame.parse(try #require(vector.requestBytes))
        let frame = try CJT188Frame.parse(response)
        switch CJT188Answer(frame, to: try Self.request(asked), address: asked.address, type: asked.type) {
        case .mismatch: Issue.record("does not match")
        case .refused(let status):
            #expect(vector.id == "error-reply")
            #expect(status == 0)
        case .address(let number, let type):
            #expect(number.description == vector.decoded["meter"]?.text)
            #expect(type == 0x10)
        case .values(let data): try checkValues(vector, data)
        }
    }

    private struct Field {
        var at: Int
        var count = 4
        var decimals = 2
        /// nil: no unit code.
        var unit: String?
    }

    private func checkValues(_ vector: Vectors.Vector, _ data: [UInt8]) throws {
        let place: UnitCodeField.Place = vector.id.contains("JY") ? .before : .after
        let isWater = vector.id.hasPrefix("water")
        let fields: [String: Field] = [
            "settlement_heat_MWh": Field(at: 0, unit: "MWh"), "heat_MWh": Field(at: 5, unit: "MWh"),
            "settlement_heat_kWh": Field(at: 0, unit: "kWh"), "heat_kWh": Field(at: 5, unit: "kWh"),
            "heat_GJ": Field(at: 5, unit: "GJ"), "power_kW": Field(at: 10, unit: "kW"),
            "flow_m3h": Field(at: 15, decimals: 4, unit: "m3/h"),
            "flow_m3h_2dec": Field(at: 15, decimals: 2, unit: "m3/h"),
            "volume_m3": Field(at: isWater ? 0 : 20, unit: "m3"), "settlement_m3": Field(at: 5, unit: "m3"),
            "supply_C": Field(at: 25, count: 3), "return_C": Field(at: 28, count: 3),
            "work_hours": Field(at: 31, count: 3, decimals: 0),
        ]
        let step = DecimalNumber(significand: 1, exponent: -9)
        var checked = 0
        for (name, field) in fields {
            guard let expected = vector.decoded[name]?.text else { continue }
            let unit = field.unit.flatMap { MeterUnit($0) }
            let code = unit.map {
                UnitCodeField(place: place, decimals: field.decimals, scale: MeterScale(unit: $0, step: step))
            }
            let bytes = MeterBytes(
                at: field.at, count: field.count, form: .decimal, unitCode: code, answerLength: isWater ? 0x16 : 0x2E)
            guard case .sample(.integer(let raw)) = MeterFieldDecoder.decode(bytes, data: data, header: 3) else {
                Issue.record("\(name): no value")
                continue
            }
            let exponent = unit == nil ? -field.decimals : -9
            #expect(DecimalNumber(significand: Int128(raw), exponent: exponent) == DecimalNumber(expected), "\(name)")
            checked += 1
        }
        #expect(checked >= 1)
        let clock = MeterBytes(at: isWater ? 10 : 34, count: 7, form: .clock)
        if let time = vector.decoded["time"]?.text {
            #expect(MeterFieldDecoder.decode(clock, data: data, header: 3) == .sample(.text(time)))
        }
        let status = try #require(vector.decoded["status"]?.text)
        #expect(Vectors.hex(data.suffix(2)) == status)
        let flags = [("battery_low", 2), ("valve", 0)]
        for (name, bit) in flags where vector.decoded[name] != nil {
            let field = MeterBytes(at: isWater ? 17 : 41, count: 2, form: .bit(bit))
            #expect(MeterFieldDecoder.decode(field, data: data, header: 3) == .sample(.integer(1)), "\(name)")
        }
    }

    private static func request(_ frame: CJT188Frame) throws -> CJT188Request {
        let serial = try #require(frame.data.last)
        if frame.control == CJT188Frame.readAddress { return .readAddress(.highFirst, serial: serial) }
        let order: IdentifierOrder = frame.data[0] == 0x90 ? .highFirst : .lowFirst
        return .read(0x901F, order, serial: serial)
    }

    @Test func aWrongSumIsNamedTogetherWithTheRightOne() throws {
        let bytes = try Vectors.negative("cjt188", "published-wrong-checksum")
        #expect(throws: FrameFault.checksum(correct: 0x13, found: 0x08)) { try CJT188Frame.parse(bytes) }
    }

    @Test func anFEInTheAddressIsNoPreamble() throws {
        let frame = try CJT188Frame.parse(try Vectors.negative("cjt188", "fe-inside-data"))
        #expect(frame.address.wireBytes == [0xFE, 0, 0, 0, 0, 0, 0])
    }

    @Test func anotherMeterTypeOrderOrSerialNumberDoesNotMatch() throws {
        let vector = try Vectors.vector("cjt188", "heat-standard-layout")
        let frame = try CJT188Frame.parse(try #require(vector.responseBytes))
        let number = frame.address
        let right = CJT188Request.read(0x901F, .highFirst, serial: 5)
        #expect(CJT188Answer(frame, to: right, address: number, type: 0x20) != .mismatch)
        #expect(CJT188Answer(frame, to: right, address: number, type: 0xAA) != .mismatch)
        #expect(CJT188Answer(frame, to: right, address: number, type: 0x10) == .mismatch)
        let others: [CJT188Request] = [
            .read(0x901F, .lowFirst, serial: 5), .read(0x901F, .highFirst, serial: 6),
            .read(0xD120, .highFirst, serial: 5), .readAddress(.highFirst, serial: 5),
        ]
        for other in others { #expect(CJT188Answer(frame, to: other, address: number, type: 0x20) == .mismatch) }
    }

    @Test func heatInAnyUnitBecomesGJExactlyAndAnAnswerOfAnotherLengthIsNoValue() throws {
        let scale = MeterScale(
            unit: try #require(MeterUnit("GJ")), step: DecimalNumber(significand: 1, exponent: -9))
        let code = UnitCodeField(place: .after, decimals: 2, scale: scale)
        let field = MeterBytes(at: 0, count: 4, form: .decimal, unitCode: code)
        // 2345.67 of each.
        let expected: [(code: UInt8, value: String)] = [
            (0x05, "8.444412"), (0x08, "8444.412"), (0x11, "2345.67"), (0x0E, "2.34567"), (0x02, "0.008444412"),
            (0x13, "234567"),
        ]
        for (code, value) in expected {
            let result = MeterFieldDecoder.decode(field, data: [0x67, 0x45, 0x23, 0x00, code], header: 3)
            let steps = try #require(DecimalNumber(value)?.count(of: scale.step))
            #expect(result == .sample(.integer(steps)), "unit code \(code)")
        }
        // Cubic metres, and a code that is none.
        for code: UInt8 in [0x2C, 0xEE] {
            let result = MeterFieldDecoder.decode(field, data: [0x67, 0x45, 0x23, 0x00, code], header: 3)
            #expect(result == .bad(code == 0x2C ? .noValue : .wrongAnswer))
        }
        var strict = field
        strict.answerLength = 0x2E
        #expect(MeterFieldDecoder.decode(strict, data: [1, 0, 0, 0, 5], header: 3) == .bad(.wrongAnswer))
    }
}
