import GatewayModel
import GatewayTestSupport
import Testing

@testable import Uplink

@Suite struct PlatformAcknowledgementTests {
    private let epoch = "000102030405060708090a0b0c0d0e0f"
    private func parse(_ text: String) throws -> PlatformAcknowledgement {
        try PlatformAcknowledgement(parsing: Array(text.utf8))
    }

    @Test func rangesCoverTheirEnds() throws {
        let message = try parse(#"{ "epoch" : "\#(epoch)", "sequences": [[1,4], [7,7]] }"#)
        let name = try #require(Epoch(bytes: Array(0..<16)))
        #expect(message.epoch == name)
        let covered = (0...8).filter { message.covers(BatchKey(epoch: name, sequence: UInt64($0))) }
        #expect(covered == [1, 2, 3, 4, 7])
        #expect(!message.covers(BatchKey(epoch: .random(), sequence: 2)))
    }

    @Test(arguments: [
        "", "{}", "[]", "null", #"{"epoch":"EPOCH"}"#, #"{"sequences":[[1,2]]}"#,
        #"{"epoch":"00","sequences":[[1,2]]}"#, #"{"epoch":"EPOCHx","sequences":[[1,2]]}"#,
        #"{"epoch":"EPOCH","sequences":[[2,1]]}"#, #"{"epoch":"EPOCH","sequences":[[1]]}"#,
        #"{"epoch":"EPOCH","sequences":[[1,2,3]]}"#, #"{"epoch":"EPOCH","sequences":[["1","2"]]}"#,
        #"{"epoch":"EPOCH","sequences":[[-1,2]]}"#, #"{"epoch":"EPOCH","sequences":[[1,2.5]]}"#,
        #"{"epoch":"EPOCH","sequences":[[1,99999999999999999999]]}"#, #"{"epoch":"EPOCH","sequences":[[1,2]]}x"#,
        #"{"epoch":"EPOCH","epoch":"EPOCH","sequences":[[1,2]]}"#, #"{"epoch":5,"sequences":[[1,2]]}"#,
    ])
    func whatIsNotAnAcknowledgementIsRefused(text: String) {
        #expect(throws: AcknowledgementError.self) { try parse(text.replacing("EPOCH", with: epoch)) }
    }

    @Test func tooManyRangesAreRefused() throws {
        func list(_ count: Int) -> String {
            #"{"epoch":"\#(epoch)","sequences":[\#(Array(repeating: "[1,1]", count: count).joined(separator: ","))]}"#
        }
        #expect(try parse(list(1024)).sequences.count == 1024)
        #expect(throws: AcknowledgementError.self) { try parse(list(1025)) }
    }

    @Test(arguments: UInt64(0)..<20)
    func randomBytesNeverTrap(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sound = Array(
            #"{"epoch":"\#(epoch)","sequences":[[1,4],[18446744073709551615,18446744073709551615]]}"#.utf8)
        var understood = 0
        for _ in 0..<2_000 {
            var bytes = sound
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: sound.prefix(at), at: at)
                }
                guard !bytes.isEmpty else { break }
            }
            if let message = try? PlatformAcknowledgement(parsing: bytes) {
                understood += 1
                #expect(message.sequences.count <= PlatformAcknowledgement.mostRanges, "seed \(seed)")
            }
        }
        #expect(understood > 0)
    }
}
