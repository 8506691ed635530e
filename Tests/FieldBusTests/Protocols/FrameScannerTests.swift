import Testing

@testable import FieldBus

@Suite struct FrameScannerTests {
    private func answer() throws -> [UInt8] {
        try #require(try Vectors.vector("dlt645-2007", "combined-active-total").responseBytes)
    }

    @Test func aFrameComesOutWithItsLastByteAndNotBefore() throws {
        let bytes = try answer()
        var scanner = FrameScanner<DLT645Frame>()
        for byte in bytes.dropLast() {
            scanner.take([byte])
            #expect(scanner.next() == nil)
        }
        scanner.take(bytes.suffix(1))
        #expect(scanner.next() == (try DLT645Frame.parse(bytes)))
        #expect(scanner.next() == nil)
        #expect(scanner.pending == 0)
        #expect(scanner.skipped == 0, "a preamble is no noise")
    }

    @Test func twoFramesInOnePieceComeOutInOrder() throws {
        let first = try answer()
        let second = try #require(try Vectors.vector("dlt645-2007", "frequency").responseBytes)
        var scanner = FrameScanner<DLT645Frame>()
        scanner.take(first + [0x00, 0xFF] + second)
        #expect(scanner.next() == (try DLT645Frame.parse(first)))
        #expect(scanner.next() == (try DLT645Frame.parse(second)))
        #expect(scanner.skipped == 2)
    }

    @Test func aFrameThatBrokeOffHidesTheNextOneOnlyUntilTheLineIsSilent() throws {
        let whole = try answer()
        let begin: [UInt8] = [0x68, 1, 2, 3, 4, 5, 6, 0x68, 0x91, 100]
        var scanner = FrameScanner<DLT645Frame>()
        scanner.take(begin + whole)
        #expect(scanner.next() == nil)
        scanner.fellSilent()
        #expect(scanner.next() == (try DLT645Frame.parse(whole)))
        #expect(scanner.fault == .short)
    }

    @Test func aFrameInsideTheDataOfAnotherIsData() throws {
        let inner: [UInt8] = [0x10, 0x40, 0x01, 0x41, 0x16]
        let outer = MBusFrame.long(control: 8, address: 1, information: 0x72, data: [0xE5] + inner)
        var scanner = FrameScanner<MBusFrame>()
        scanner.take(outer.bytes)
        #expect(scanner.next() == outer)
        #expect(scanner.next() == nil)
    }

    @Test func endlessNoiseIsForgotten() {
        var scanner = FrameScanner<MBusFrame>()
        for _ in 0..<1_000 { scanner.take([UInt8](repeating: 0x68, count: 64)) }
        #expect(scanner.pending <= FrameScanner<MBusFrame>.capacity)
    }
}
