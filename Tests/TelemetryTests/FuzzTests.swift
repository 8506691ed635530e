import GatewayModel
import GatewayTestSupport
import Testing

@testable import Telemetry

/// Foreign bytes may be refused or understood, but never trap, hang or take memory without bound.
@Suite struct FuzzTests {
    private func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
        case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        case 2:
            let place = Int.random(in: 0...bytes.count, using: &random)
            bytes.insert(contentsOf: (0..<4).map { _ in UInt8.random(in: 0...255, using: &random) }, at: place)
        default:
            // The values that break arithmetic.
            for _ in 0..<3 where !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = [0, 1, 0x7F, 0x80, 0xFF][Int(random.next() % 5)]
            }
        }
        return bytes
    }

    /// The frame's checksum would stop nearly everything, so bodies are damaged inside, before compression.
    @Test(arguments: Fuzz.seeds(40))
    func damagedBodiesNeverTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let points = RandomBatch.points(&random)
        let dictionary = PointDictionary(gateway: "g", points: points)
        let content = RandomBatch.content(&random, dictionary: points)
        let base = content.readings.map(\.time).min() ?? at(0)
        let packed = BatchBody.encode(content, base: base)
        let plain = [BatchBody.Method.plain.rawValue] + (try BatchBody.expanded(packed))
        var understood = 0
        for round in 0..<150 {
            let body = damaged(round % 4 == 0 ? packed : plain, &random)
            guard let decoded = try? BatchBody.decode(body, base: base) else { continue }
            understood += 1
            #expect(decoded.readings.count <= BatchContent.maximumReadings)
            // What was understood can be shown and filtered, or is refused for its points.
            let batch = try sealed(decoded, dictionary: dictionary, anchor: RandomBatch.anchor(&random))
            let stored = batch.stored(as: Fixed.key).bytes
            let envelope = try BatchEnvelope.decode(stored)
            _ = try? BatchJSON.render(envelope, decoded, dictionary: dictionary)
            let filter = PointFilter.patterns([.init(device: "device-1", point: nil)])
            _ = try? BatchFilter(dictionary: dictionary, filter: filter).filtered(stored)
        }
        if seed == 0 { #expect(understood > 0) }
    }

    @Test(arguments: Fuzz.seeds(20))
    func damagedFramesNeverTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let points = RandomBatch.points(&random)
        let dictionary = PointDictionary(gateway: "g", points: points)
        let content = RandomBatch.content(&random, dictionary: points)
        let stored = try sealed(content, dictionary: dictionary).stored(as: Fixed.key).bytes
        for _ in 0..<100 {
            var bytes = damaged(stored, &random)
            if random.chance(0.5) { bytes = resealed(bytes) }
            guard let envelope = try? BatchEnvelope.decode(bytes), let content = try? envelope.content() else {
                continue
            }
            _ = try? BatchJSON.render(envelope, content, dictionary: dictionary)
        }
    }

    @Test func flippedBitAnywhereInAStoredBatchIsNoticed() throws {
        let dictionary = PointDictionary(gateway: "g", points: [point(0)])
        let stored = try sealed(BatchContent(readings: [good(0, 5, 7)]), dictionary: dictionary)
            .stored(as: Fixed.key).bytes
        for bit in 0..<(stored.count * 8) {
            var bytes = stored
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: BatchFormatError.self, "bit \(bit)") { try BatchEnvelope.decode(bytes) }
        }
    }

    @Test(arguments: Fuzz.seeds(20))
    func randomBytesNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            _ = try? BatchBody.decode(bytes, base: at(0))
            if !bytes.isEmpty { bytes[0] = UInt8(random.next() % 2) }
            if bytes.count > 1 { bytes[1] = 1 }
            _ = try? BatchBody.decode(bytes, base: at(0))
            _ = try? BatchEnvelope.decode(bytes)
            _ = try? JSONValue.parse(bytes)
            _ = try? PointDictionary(json: bytes)
        }
    }

    @Test(arguments: Fuzz.seeds(20))
    func damagedDictionariesNeverTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let dictionary = PointDictionary(gateway: "换热站", points: RandomBatch.points(&random))
        for _ in 0..<40 {
            guard let read = try? PointDictionary(json: damaged(dictionary.json, &random)) else { continue }
            for point in read.points { _ = point.value(of: .integer(Int64(bitPattern: random.next()))) }
        }
    }

    @Test func bodyThatClaimsTooMuchIsRefused() {
        // 65,537 columns, or times, without the bytes for them.
        for section in [[0x81, 0x80, 0x04, 0x01], [0x01, 0x01, 0x03, 0x01, 0x00, 0x01]] as [[UInt8]] {
            let body = [0, 1, UInt8(section.count)] + section
            #expect(throws: BatchFormatError.self) { try BatchBody.decode(body, base: at(0)) }
        }
        // 9 MiB of zeros, and a claim that no compression can keep.
        let zeros = [UInt8](repeating: 0, count: 9 << 20)
        for size in [zeros.count, 8 << 20] {
            var bomb: [UInt8] = [1]
            bomb.append(varint: size)
            bomb += Deflate.compress(zeros, cuts: []) ?? []
            #expect(throws: BatchFormatError.self) { try BatchBody.decode(bomb, base: at(0)) }
        }
        var lie: [UInt8] = [1]
        lie.append(varint: 8 << 20)
        #expect(throws: BatchFormatError("claims to expand too far")) {
            try BatchBody.decode(lie + [3, 0], base: at(0))
        }
    }

    @Test func manyColumnsThatShareOneLongListAreStillBounded() throws {
        // 300 columns x 300 times would be 90,000 readings from a few hundred bytes.
        var section = PlaneWriter()
        section.append(varint: 300)
        section.append(varint: 1)
        section.append(planes: [300])
        section.append(planes: [UInt64](repeating: 0, count: 300))
        section.append(planes: [UInt64](repeating: 2, count: 300))
        section.append(planes: [0] + [UInt64](repeating: 1, count: 299))
        section.append(planes: [UInt64](repeating: 0, count: 300))
        section.append(planes: [UInt64](repeating: 0, count: 300))
        var body = PlaneWriter()
        body.append(0)
        body.append(section: .readings, section.bytes)
        #expect(throws: BatchFormatError("too many readings")) { try BatchBody.decode(body.bytes, base: at(0)) }
    }

    /// Length and checksum set right, so that only the content is damaged.
    private func resealed(_ bytes: [UInt8]) -> [UInt8] {
        let header = BatchEnvelope.headerLength
        guard bytes.count >= header + 4 else { return bytes }
        var out = Array(bytes.dropLast(4))
        var length: [UInt8] = []
        length.append(bigEndian: UInt32(out.count - header))
        out.replaceSubrange((header - 4)..<header, with: length)
        out.append(bigEndian: BatchEnvelope.checksum(out[...]))
        return out
    }
}
