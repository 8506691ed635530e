import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

/// Whatever the bytes: nothing traps, nothing grows, and no frame comes out whose sum is wrong.
@Suite struct CodecFuzzTests {
    /// Sound frames to spoil.
    private static func frames(_ name: String) -> [[UInt8]] {
        Vectors.all(name).flatMap { [$0.requestBytes, $0.responseBytes].compactMap { $0 } }
    }

    @Test func dlt645() { fuzz("dlt645-2007", DLT645Frame.self, Self.decode) }
    @Test func cjt188() { fuzz("cjt188", CJT188Frame.self, Self.decode) }
    @Test func mbus() { fuzz("mbus", MBusFrame.self, Self.decode) }

    private func fuzz<Frame: EncodableFrame>(
        _ name: String, _: Frame.Type, _ decode: (Frame, inout FuzzRandom) -> Void
    ) {
        let frames = Self.frames(name)
        #expect(frames.count > 10)
        var found = 0
        Fuzz.run(3_000) { random in
            let noise = random.below(3) == 0
            let bytes = noise ? random.bytes(upTo: 600) : random.mutated(random.pick(frames) ?? [])
            var scanner = FrameScanner<Frame>()
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 + random.below(40))
                rest = rest.dropFirst(piece.count)
                scanner.take(piece)
                if rest.isEmpty { scanner.fellSilent() }
                while let frame = scanner.next() {
                    found += 1
                    let sent = frame.bytes
                    #expect(bytes.contains(sequence: sent), "seed \(random.seed): a frame that was not there")
                    decode(frame, &random)
                }
                #expect(scanner.pending <= FrameScanner<Frame>.capacity, "seed \(random.seed)")
            }
            #expect(scanner.pending == 0, "seed \(random.seed): what has broken off is given up")
        }
        #expect(found > 0, "some frames were left whole")
    }

    @Test("A frame is found behind any noise that has ended", arguments: ["dlt645-2007", "cjt188", "mbus"])
    func behindNoise(name: String) {
        switch name {
        case "dlt645-2007": behindNoise(name, DLT645Frame.self)
        case "cjt188": behindNoise(name, CJT188Frame.self)
        default: behindNoise(name, MBusFrame.self)
        }
    }

    private func behindNoise<Frame: EncodableFrame>(_ name: String, _: Frame.Type) {
        let frames = Self.frames(name).compactMap { try? Frame.parse($0) }.filter { $0.bytes.count > 1 }
        Fuzz.run(500) { random in
            guard let frame = random.pick(frames) else { return }
            var scanner = FrameScanner<Frame>()
            scanner.take(random.bytes(upTo: 60) + [0xFE, 0xFE] + frame.bytes)
            scanner.fellSilent()
            var found: [Frame] = []
            while let next = scanner.next() { found.append(next) }
            // Noise may be a frame by chance (an E5), and may swallow no more than what its own sum covers.
            #expect(found.last == frame || found.contains { $0.bytes.count > frame.bytes.count }, "seed \(random.seed)")
        }
    }

    @Test func recordsOfAnyBytesEnd() {
        Fuzz.run(1_000) { random in
            let data = random.bytes(upTo: 255)
            for information: UInt8 in [0x72, 0x73, 0x78] {
                guard let telegram = MBusTelegram(information: information, data: data) else { continue }
                #expect(telegram.records.count <= MBusTelegram.mostRecords, "seed \(random.seed)")
                Self.decode(telegram, &random)
            }
        }
    }

    // MARK: - Everything that is made of a frame

    private static func decode(_ frame: DLT645Frame, _ random: inout FuzzRandom) {
        let requests: [DLT645Request] = [.read(0x0001_0000), .readFollowing(0x0001_FF00, sequence: 1), .readAddress]
        for request in requests { _ = DLT645Answer(frame, to: request, address: frame.address) }
        _ = frame.address.description
        decode(bytes: frame.data, &random)
    }

    private static func decode(_ frame: CJT188Frame, _ random: inout FuzzRandom) {
        for order in IdentifierOrder.allCases {
            for request: CJT188Request in [.read(0x901F, order, serial: 1), .readAddress(order, serial: 1)] {
                _ = CJT188Answer(frame, to: request, address: frame.address, type: frame.type)
            }
        }
        decode(bytes: frame.data, &random)
    }

    private static func decode(_ frame: MBusFrame, _ random: inout FuzzRandom) {
        guard case .telegram(let telegram) = MBusAnswer(frame, to: .readData(address: 0xFE, toggle: true)) else {
            return
        }
        decode(telegram, &random)
    }

    private static func decode(_ telegram: MBusTelegram, _ random: inout FuzzRandom) {
        for record in telegram.records { _ = (record.number, record.anyNumber) }
        for quantity in MBusQuantity.allCases {
            let unit = MeterUnit.all[random.below(MeterUnit.all.count)]
            let scale = MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: -random.below(12)))
            for isText in [false, true] {
                let field = MeterRecord(
                    .quantity(quantity), storage: UInt64(random.below(3)), scale: random.below(2) == 0 ? scale : nil,
                    isText: isText)
                _ = MeterFieldDecoder.decode(field, records: telegram.records)
            }
        }
    }

    private static func decode(bytes: [UInt8], _ random: inout FuzzRandom) {
        let forms: [MeterBytes.Form] = [
            .decimal, .signedDecimal, .binary, .bit(random.below(70)), .digits, .clock,
        ]
        for form in forms {
            let unit = MeterUnit.all[random.below(MeterUnit.all.count)]
            let scale = MeterScale(unit: unit, step: DecimalNumber(significand: 1, exponent: -random.below(12)))
            let code = UnitCodeField(place: random.below(2) == 0 ? .after : .before, decimals: 2, scale: scale)
            let field = MeterBytes(
                at: random.below(80), count: random.below(14), form: form, unitCode: random.below(2) == 0 ? code : nil)
            _ = MeterFieldDecoder.decode(field, data: bytes, header: 4)
        }
    }
}

protocol EncodableFrame: MeterFrame, Equatable {
    var bytes: [UInt8] { get }
}

extension DLT645Frame: EncodableFrame {}
extension CJT188Frame: EncodableFrame {}
extension MBusFrame: EncodableFrame {}

extension [UInt8] {
    fileprivate func contains(sequence: [UInt8]) -> Bool {
        guard let first = sequence.first, sequence.count <= count else { return sequence.isEmpty }
        return indices.dropLast(sequence.count - 1).contains { self[$0] == first && self[$0...].starts(with: sequence) }
    }
}
