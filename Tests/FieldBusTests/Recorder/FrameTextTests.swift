import GatewayModel
import GatewayTestSupport
import Testing

@testable import FieldBus

@Suite struct FrameTextTests {
    private func text(_ frames: [(RecordedFrame.Kind, [UInt8])], _ framing: FrameText.Framing = .rtu) -> [String] {
        var renderer = FrameText(framing)
        return frames.enumerated().map { index, frame in
            let time = BootTime(nanoseconds: Int64(index) * 2_500_000)
            return renderer.line(RecordedFrame(kind: frame.0, time: time, bytes: frame.1), clock: "T")
        }
    }

    @Test func anAnswerIsShownWithTheRegistersThatWereAskedFor() {
        let lines = text([
            (.sent, sealed([12, 3, 0, 16, 0, 2])), (.received, sealed([12, 3, 4, 0, 1, 1, 0])),
            (.sent, sealed([12, 4, 0, 0, 0, 1])), (.received, sealed([12, 0x84, 2])),
        ])
        #expect(lines[0].hasSuffix("unit 12 read holding 16 x 2"))
        #expect(lines[0].hasPrefix("T +0us -> 0c 03 00 10 00 02 "))
        #expect(lines[1].hasSuffix("unit 12 answers holding 16 = 1 256"))
        #expect(lines[1].contains("+2500us <-"))
        #expect(lines[3].hasSuffix("unit 12 refuses function 4: exception 2 illegal address"))
    }

    @Test func noiseAndAForeignRequestAreToldApart() {
        let lines = text([
            (.unasked, [0, 0xFF] + sealed([7, 3, 0, 0, 0, 10])), (.received, [1, 2, 3]),
            (.sent, sealed([1, 6, 0, 1, 0, 9])),
        ])
        #expect(lines[0].hasSuffix("2 bytes without a frame | unit 7 read holding 0 x 10"))
        #expect(lines[1].hasSuffix("3 bytes without a frame"))
        #expect(lines[2].hasSuffix("unit 1 write holding 1 x 1 = 9"))
    }

    @Test func anAnswerOfEightBytesIsAnAnswerAfterItsRequest() {
        let lines = text([
            (.sent, sealed([9, 1, 0, 16, 0, 20])), (.received, sealed([9, 1, 3, 1, 2, 3])),
        ])
        #expect(lines[1].hasSuffix("unit 9 answers coil 16 = 01 02 03"))
    }

    @Test func modbusTCPFramesAreExplainedBehindTheirHeader() {
        let request = ReadRequest(unit: 3, table: .input, address: 7, count: 1)
        let lines = text([(.sent, request.tcpFrame(transaction: 300)), (.received, [0, 1])], .tcp)
        #expect(lines[0].hasSuffix("unit 3 read input 7 x 1"))
        #expect(lines[1].hasSuffix("2 bytes without a frame"))
    }

    @Test(arguments: 0..<50) func anyBytesAreExplainedWithoutATrap(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var renderer = FrameText(seed % 2 == 0 ? .rtu : .tcp)
        for _ in 0..<200 {
            var bytes = (0..<Int.random(in: 1...260, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random), bytes.count > 1 {
                bytes[1] = UInt8.random(in: 0...17, using: &random)
                bytes = sealed(bytes)
            }
            let frame = RecordedFrame(kind: .received, time: BootTime(nanoseconds: 0), bytes: bytes)
            #expect(!renderer.line(frame, clock: "").isEmpty)
            let cut = FrameCutter.cut(bytes)
            #expect(cut.flatMap(\.bytes) == bytes, "seed \(seed): no byte is lost or made up")
        }
    }
}
