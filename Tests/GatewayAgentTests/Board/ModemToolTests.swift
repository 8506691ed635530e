import Foundation
import GatewayModel
import GatewayTestSupport
import Testing

@testable import GatewayAgent

/// A program in place of ModemManager's tool.
@Suite struct ModemToolTests {
    private func signal(_ script: String, patience: Nanoseconds = .seconds(30)) throws -> Int64? {
        let path = NSTemporaryDirectory() + "dg-modem-\(UUID().uuidString)"
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return ModemTool(path: path, patience: patience).signal()
    }

    @Test func theSignalIsReadFromWhatTheToolPrints() throws {
        let text = """
            modem.generic.state                    : connected
            modem.generic.signal-quality.value     : 67
            modem.generic.signal-quality.recent    : yes
            """
        #expect(ModemTool.signal(in: text) == 67)
        #expect(try signal("test \"$*\" = '-m any -K' && printf '%s\\n' '\(text)'") == 67)
    }

    @Test func whatIsNoPercentageIsNone() {
        for value in ["", ":", ": --", ": -1", ": 101", ": 1e2", ": 6 7x", "67", ": 99999999999999999999"] {
            #expect(ModemTool.signal(in: "modem.generic.signal-quality.value \(value)\n") == nil, "\(value)")
        }
        #expect(ModemTool.signal(in: "error: couldn't find modem\n") == nil)
    }

    @Test func noToolNoSignal() { #expect(ModemTool(path: "/nowhere/mmcli").signal() == nil) }

    @Test func aToolThatHangsIsEnded() throws {
        let begin = ContinuousClock.now
        #expect(try signal("exec sleep 600", patience: .milliseconds(50)) == nil)
        #expect(ContinuousClock.now - begin < .seconds(60))
    }

    @Test func aToolThatNeverStopsTalkingIsEnded() throws {
        #expect(try signal("exec yes") == nil)
    }

    /// Seeds: whatever is printed is no reason to stop.
    @Test(arguments: UInt64(0)..<50)
    func anyBytesAreBorne(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let key = Array("modem.generic.signal-quality.value".utf8)
        for _ in 0..<200 {
            let noise = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let value = ModemTool.signal(in: String(decoding: key + noise, as: UTF8.self))
            #expect(value.map { (0...100).contains($0) } ?? true, "seed \(seed)")
        }
    }
}
