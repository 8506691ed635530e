import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

/// Values by hand and from public vectors: the Modbus specification V1.1b3 and captures of real meters.
@Suite struct RegisterDecoderTests {
    private func sample(
        _ bytes: String, _ type: RegisterType, word: ByteOrder = .big, byte: ByteOrder = .big, bit: UInt8 = 0,
        count: Int? = nil
    ) -> Sample? {
        let data = hex(bytes)
        let source = RegisterSource(
            table: .holding, address: 100, type: type, bit: bit, count: count ?? type.registers ?? data.count / 2,
            wordOrder: word, byteOrder: byte)
        return RegisterDecoder(table: .holding, address: 100, data: data).sample(source)
    }

    @Test func float32InAllFourOrders() {
        // 36.625, the supply temperature of a TUF-2000M bench capture, is ABCD 42 12 80 6B.
        let value = Float(bitPattern: 0x4212_806B)
        #expect(sample("42 12 80 6B", .float32) == .float32(value))
        #expect(sample("80 6B 42 12", .float32, word: .little) == .float32(value))
        #expect(sample("12 42 6B 80", .float32, byte: .little) == .float32(value))
        #expect(sample("6B 80 12 42", .float32, word: .little, byte: .little) == .float32(value))
        #expect(abs(value - 36.625) < 0.001)
    }

    @Test func valuesOfRealMeters() {
        #expect(sample("43 66 33 33", .float32) == .float32(230.2))
        #expect(sample("44 9A 50 00", .float32) == .float32(1234.5))
        #expect(sample("85 1F 41 45", .float32, word: .little) == .float32(12.345))
        #expect(sample("E2 40 00 01", .int32, word: .little) == .integer(123_456))
        #expect(sample("FF 33", .int16) == .integer(-205))
        #expect(sample("02 22", .uint16) == .integer(546))
        #expect(sample("2E E0", .uint16) == .integer(12_000))
    }

    @Test func integersOfEveryWidthAtTheirEdges() {
        #expect(sample("7F FF", .int16) == .integer(32_767))
        #expect(sample("80 00", .int16) == .integer(-32_768))
        #expect(sample("FF FF", .uint16) == .integer(65_535))
        #expect(sample("34 12", .uint16, byte: .little) == .integer(0x1234))
        #expect(sample("80 00 00 00", .int32) == .integer(-2_147_483_648))
        #expect(sample("FF FF FF FF", .uint32) == .integer(4_294_967_295))
        #expect(sample("FF FF FF FF FF FF FF FE", .int64) == .integer(-2))
        #expect(sample("FF FF FF FF FF FF FF FF", .uint64) == .integer(-1), "kept by its bit pattern")
        #expect(sample("00 07 00 06 00 05 00 04", .uint64, word: .little) == .integer(0x0004_0005_0006_0007))
        #expect(sample("3F F8 00 00 00 00 00 00", .float64) == .float64(1.5))
        #expect(sample("00 00 00 00 00 00 3F F8", .float64, word: .little) == .float64(1.5))
    }

    @Test func notANumberAndInfinityAreLeftToConditioning() {
        guard case .float32(let value)? = sample("7F C0 00 00", .float32) else {
            Issue.record("no sample")
            return
        }
        #expect(value.isNaN)
        #expect(sample("FF 80 00 00", .float32) == .float32(-.infinity))
    }

    @Test func bitsAndBooleans() {
        #expect((0..<16).map { sample("86 27", .bit, bit: UInt8($0)) } == (0..<16).map { .integer(0x8627 >> $0 & 1) })
        #expect(sample("27 86", .bit, byte: .little, bit: 15) == .integer(1))
        #expect(sample("00 00", .bool) == .integer(0))
        #expect(sample("FF 00", .bool) == .integer(1))
    }

    @Test func binaryCodedDecimals_andDigitsThatAreNone() {
        #expect(sample("12 34", .bcd16) == .integer(1_234))
        #expect(sample("00 99 87 65", .bcd32) == .integer(998_765))
        #expect(sample("87 65 00 99", .bcd32, word: .little) == .integer(998_765))
        #expect(sample("12 3A", .bcd16) == nil)
        #expect(sample("FF FF FF FF", .bcd32) == nil)
    }

    @Test func stringsAreTrimmedAndRepaired() {
        #expect(sample("53 4E 30 31 20 00", .string) == .text("SN01"))
        #expect(sample("00 20 41 42 00 00", .string) == .text("AB"))
        #expect(sample("41 00 42 43", .string) == .text("A"))
        #expect(sample("4E 53 31 30", .string, byte: .little) == .text("SN01"))
        #expect(sample("41 FF 42 20", .string) == .text("A\u{FFFD}B"))
        #expect(sample("00 00 20 20", .string) == .text(""))
    }

    @Test func coilsAreFoundByTheirAddress() {
        // Coils 20 to 38 of the specification's example: CD 6B 05 from address 19 on.
        let decoder = RegisterDecoder(table: .coil, address: 19, data: hex("CD 6B 05"))
        let bits = [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1]
        for (offset, bit) in bits.enumerated() {
            let source = RegisterSource(table: .coil, address: UInt16(19 + offset), type: .bool, count: 1)
            #expect(decoder.sample(source) == .integer(Int64(bit)))
        }
        let group = RegisterSource(table: .coil, address: 21, type: .uint16, count: 4)
        #expect(decoder.sample(group) == .integer(0b0011))
    }

    @Test func whatTheAnswerDoesNotHoldIsNoValue() {
        let decoder = RegisterDecoder(table: .holding, address: 100, data: hex("00 01 00 02"))
        for (table, address, count) in [(RegisterTable.holding, 99, 1), (.holding, 102, 1), (.holding, 101, 2)] {
            let type: RegisterType = count == 2 ? .uint32 : .uint16
            let source = RegisterSource(table: table, address: UInt16(address), type: type, count: count)
            #expect(decoder.sample(source) == nil)
        }
        #expect(decoder.sample(RegisterSource(table: .input, address: 100, type: .uint16, count: 1)) == nil)
        #expect(decoder.sample(RegisterSource(table: .holding, address: 100, type: .string, count: 0)) == nil)
    }

    @Test(arguments: 0..<20) func noBytesTrapTheDecoder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let data = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            let table = RegisterTable.allCases.randomElement(using: &random) ?? .holding
            let source = RegisterSource(
                table: table, address: UInt16.random(in: 0...12, using: &random),
                type: RegisterType.allCases.randomElement(using: &random) ?? .uint16,
                bit: UInt8.random(in: 0...255, using: &random), count: Int.random(in: -1...70, using: &random),
                wordOrder: Bool.random(using: &random) ? .big : .little)
            let address = UInt16.random(in: 0...12, using: &random)
            let sample = RegisterDecoder(table: table, address: address, data: data).sample(source)
            if source.address < address { #expect(sample == nil, "seed \(seed)") }
        }
    }

    /// Code 0 is m3, 1 is L; the exponent is a signed register.
    private func adjusted(_ type: RegisterType, step: String, _ words: [UInt16]) throws -> Sample? {
        let step = try #require(DecimalNumber(step))
        let litre = DecimalNumber(significand: 1, exponent: -3)
        let registers = type.registers ?? 1
        let point = PointDefinition(
            index: 0, device: "d", id: "volume", unit: "m3",
            source: .adjusted(
                RegisterSource(table: .holding, address: 10, type: type, count: registers),
                RegisterAdjustment(
                    exponent: RegisterSource(table: .holding, address: UInt16(11 + registers), type: .int16, count: 1),
                    unit: RegisterSource(table: .holding, address: UInt16(10 + registers), type: .uint16, count: 1),
                    factors: [0: .one, 1: litre], step: step)),
            scaling: .linear(scale: step, offset: .zero))
        let data = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return RegisterDecoder(table: .holding, address: 10, data: data).sample(of: point)
    }

    @Test func unitAndExponentFromRegistersScaleTheValueExactly() throws {
        // 12345 x 10^-2 m3, in steps of a litre.
        #expect(try adjusted(.uint32, step: "0.001", [0, 12_345, 0, 0xFFFE]) == .integer(123_450))
        // 12345 x 10^-1 L is 1.2345 m3: finer than a litre, so it has no place in the point.
        #expect(try adjusted(.uint32, step: "0.001", [0, 12_345, 1, 0xFFFF]) == nil)
        #expect(try adjusted(.uint32, step: "0.0001", [0, 12_345, 1, 0xFFFF]) == .integer(12_345))
        #expect(try adjusted(.int16, step: "0.001", [0xFFFF, 1, 0]) == .integer(-1))
        // 71.3 L as float32.
        let bits = Float(71.3).bitPattern
        let words = [UInt16(bits >> 16), UInt16(bits & 0xFFFF)]
        #expect(try adjusted(.float32, step: "1", words + [1, 0]) == .float32(0.0713))
        #expect(try adjusted(.float32, step: "1", words + [0, 0]) == .float32(71.3))
    }

    @Test func aUnitCodeWithoutNameOrANonsenseExponentIsNoValue() throws {
        #expect(try adjusted(.uint32, step: "0.001", [0, 1, 7, 0]) == nil)
        #expect(try adjusted(.uint32, step: "0.001", [0, 1, 0, 1_000]) == nil)
        #expect(try adjusted(.uint32, step: "0.001", [0, 1, 0]) == nil, "the exponent is not in the answer")
    }
}
