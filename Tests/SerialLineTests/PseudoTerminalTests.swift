import Foundation
import Glibc
import Testing

@testable import SerialLine

@Suite struct PseudoTerminalTests {
    private let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "pty-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func read(_ terminal: PseudoTerminal) -> [UInt8] {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { Array($0.prefix(terminal.read(into: $0))) }
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(2)
        while !condition() {
            if Date() > deadline { return false }
            usleep(1_000)
        }
        return true
    }

    @Test func bytesPassBothWays_unchanged() throws {
        let terminal = try PseudoTerminal()
        let other = open(terminal.slavePath, O_RDWR | O_NOCTTY | O_NONBLOCK)
        defer { close(other) }
        let all = Array(0...255 as ClosedRange<UInt8>)
        #expect(Glibc.write(other, all, all.count) == 256)
        var got: [UInt8] = []
        #expect(
            eventually {
                got += read(terminal); return got.count >= 256
            })
        #expect(got == all, "no echo, no line editing, no flow control")
        #expect(terminal.write(all) == 256)
        var back = [UInt8](repeating: 0, count: 300)
        var count = 0
        #expect(
            eventually {
                count += max(0, Glibc.read(other, &back[count], 300 - count)); return count >= 256
            })
        #expect(Array(back.prefix(256)) == all)
    }

    @Test func theMasterOutlivesEveryoneWhoOpensTheOtherEnd() throws {
        let terminal = try PseudoTerminal()
        for byte in 1...3 as ClosedRange<UInt8> {
            let other = open(terminal.slavePath, O_RDWR | O_NOCTTY | O_NONBLOCK)
            var one = byte
            #expect(Glibc.write(other, &one, 1) == 1)
            close(other)
            var got: [UInt8] = []
            #expect(
                eventually {
                    got += read(terminal); return !got.isEmpty
                })
            #expect(got == [byte])
        }
        #expect(read(terminal) == [])
    }

    @Test func aLink_replacesALink_butNeverAFile() throws {
        let (first, second) = (try PseudoTerminal(), try PseudoTerminal())
        let path = directory + "/bus"
        try first.link(at: path)
        try second.link(at: path)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == second.slavePath)
        first.unlink(from: path)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == second.slavePath, "not its own")
        second.unlink(from: path)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
        try "x".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: PseudoTerminalError(operation: "link \(path)", number: EEXIST)) { try first.link(at: path) }
    }
}
