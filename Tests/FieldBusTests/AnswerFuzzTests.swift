import GatewayModel
import GatewayTestSupport
import Synchronization
import Testing

@testable import FieldBus

/// Seeded spoiling of answers on the wire: nothing traps, nothing hangs, and no value comes out of a bad frame.
@Suite(.serialized) struct AnswerFuzzTests {
    private static let casesPerSeed = 60

    /// What is in the registers; so that no wrong value is right by chance.
    private static func register(_ address: Int) -> UInt16 { UInt16(truncatingIfNeeded: address &* 40_503 &+ 12_345) }

    @Test func noValueComesFromABadFrame() async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for seed in Fuzz.seeds(8) { group.addTask { try await Self.fuzzRTU(seed: seed) } }
            for seed in Fuzz.seeds(4) { group.addTask { try await Self.fuzzTCP(seed: seed) } }
            let accepted = try await group.reduce(0, +)
            #expect(accepted > 0, "some answers were left whole")
        }
    }

    private static func fuzzRTU(seed: UInt64) async throws -> Int {
        let random = Mutex(SeededGenerator(seed: seed))
        let meter = try PtyMeter { request in
            random.withLock { random in
                let bytes = spoil(request.answer(register), &random)
                guard Bool.random(using: &random), bytes.count > 1 else { return .now(bytes) }
                let cut = Int.random(in: 1..<bytes.count, using: &random)
                return [
                    MeterReply(bytes: Array(bytes[..<cut])),
                    MeterReply(bytes: Array(bytes[cut...]), delay: Int64.random(in: 0...15_000_000, using: &random)),
                ]
            }
        }
        let line = TestLine(path: meter.path, baud: 115_200)
        let accepted = try await ask(line, seed: seed)
        await line.end()
        meter.stop()
        return accepted
    }

    private static func fuzzTCP(seed: UInt64) async throws -> Int {
        let random = Mutex(SeededGenerator(seed: seed &+ 100))
        let server = TCPMeter { bytes, _ in
            guard let request = TCPRequest(bytes) else { return [] }
            return random.withLock { [.init(bytes: spoil(request.answer(register), &$0))] }
        }
        let line = TestLine(.modbusTCP(host: "127.0.0.1", port: server.port))
        // Without a check sum only what the header shows can be found; so the data are left alone there.
        let accepted = try await ask(line, seed: seed, checksData: false)
        await line.end()
        server.stop()
        return accepted
    }

    private static func ask(_ line: TestLine, seed: UInt64, checksData: Bool = true) async throws -> Int {
        var random = SeededGenerator(seed: seed &+ 1_000)
        var accepted = 0
        for number in 0..<casesPerSeed {
            let address = UInt16.random(in: 0...60_000, using: &random)
            let count = Int.random(in: 1...40, using: &random)
            let answer: Transaction
            do {
                answer = try await line.ask(17, at: address, count: count, timeout: .milliseconds(25))
            } catch {
                continue
            }
            guard case .values(let data) = answer.outcome else { continue }
            accepted += 1
            #expect(data.count == 2 * count, "seed \(seed), case \(number)")
            let expected = (Int(address)..<Int(address) + count).flatMap {
                [UInt8(register($0) >> 8), UInt8(register($0) & 0xFF)]
            }
            if checksData { #expect(data == expected, "seed \(seed), case \(number)") }
        }
        return accepted
    }

    private static func spoil(_ frame: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = frame
        let place = Int.random(in: 0..<bytes.count, using: &random)
        func noise(_ range: ClosedRange<Int>) -> [UInt8] {
            (0..<Int.random(in: range, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
        switch Int.random(in: 0..<9, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
        case 1: bytes.removeLast(min(bytes.count, Int.random(in: 1...bytes.count, using: &random)))
        case 2: bytes = noise(0...300)
        case 3: bytes.insert(contentsOf: noise(1...9), at: place)
        case 4: bytes = noise(1...20) + bytes
        case 5: bytes += noise(1...20)
        case 6: bytes.remove(at: place)
        case 7: bytes[1] |= 0x80
        default: break
        }
        return bytes
    }
}
