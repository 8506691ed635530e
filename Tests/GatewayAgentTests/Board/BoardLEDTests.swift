import Foundation
import GatewayModel
import Logging
import Testing

@testable import GatewayAgent

/// The kernel's files of a board's lights, in a directory.
@Suite struct BoardLEDTests {
    private let root = NSTemporaryDirectory() + "dg-leds-\(UUID().uuidString)"
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let all = BoardSign.allCases.map { LEDDescription(sign: $0, path: "/sys/class/leds/\($0.rawValue)") }

    private func make(_ sign: BoardSign) throws {
        let directory = root + "/sys/class/leds/\(sign.rawValue)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try "heartbeat".write(toFile: directory + "/trigger", atomically: false, encoding: .utf8)
        try "7".write(toFile: directory + "/brightness", atomically: false, encoding: .utf8)
    }

    /// What was written last; a file of a test keeps what the kernel would forget.
    private func written(_ sign: BoardSign, _ file: String = "brightness") -> String? {
        try? String(contentsOfFile: root + "/sys/class/leds/\(sign.rawValue)/\(file)", encoding: .utf8)
    }

    private func isOn(_ sign: BoardSign) -> Bool? { written(sign).map { $0.hasPrefix("255") } }

    @Test func lightsShowTheirSignsAndLeaveTheKernelsTriggers() async throws {
        for sign in BoardSign.allCases { try make(sign) }
        defer { try? FileManager.default.removeItem(atPath: root) }
        let leds = try #require(BoardLEDs(all, root: root, logger: logger))
        let signs = BoardSigns(run: .blinking, fault: .off, uplink: .on)
        var now = BootTime(nanoseconds: 0)
        var seen: [Bool?] = []
        for _ in 0..<4 {
            #expect(await leds.show(signs, at: now) == .milliseconds(500))
            seen.append(isOn(.run))
            #expect(isOn(.fault) == false && isOn(.uplink) == true)
            now = now + BoardLEDs.step
        }
        #expect(seen == [true, false, true, false])
        #expect(BoardSign.allCases.allSatisfy { written($0, "trigger")?.hasPrefix("none") == true })
        await leds.goDark(at: now)
        #expect(BoardSign.allCases.allSatisfy { isOn($0) == false })
        leds.stop()
    }

    @Test func aLightThatIsMissingIsLeftAloneForAWhileAndHoldsUpNoOther() async throws {
        try make(.uplink)
        defer { try? FileManager.default.removeItem(atPath: root) }
        let leds = try #require(BoardLEDs(all, root: root, logger: logger))
        let signs = BoardSigns(run: .on, fault: .on, uplink: .on)
        _ = await leds.show(signs, at: BootTime(nanoseconds: 0))
        #expect(isOn(.uplink) == true)
        try make(.run)
        _ = await leds.show(signs, at: BootTime(nanoseconds: .seconds(59)))
        #expect(isOn(.run) == false)
        _ = await leds.show(signs, at: BootTime(nanoseconds: .seconds(60)))
        #expect(isOn(.run) == true)
        leds.stop()
    }

    @Test func aBoardWithoutLightsHasNone() { #expect(BoardLEDs([], logger: logger) == nil) }

    @Test func theSignsTellWhatIsTheMatter() {
        func signs(_ stalled: Bool, _ store: Bool, _ alarms: Bool, _ connected: [Bool]) -> BoardSigns {
            BoardSigns(isStalled: stalled, storeFails: store, hasAlarms: alarms, connected: connected)
        }
        #expect(signs(false, false, false, [true, true]) == BoardSigns(run: .blinking, fault: .off, uplink: .on))
        #expect(
            signs(false, false, true, [true, false]) == BoardSigns(run: .blinking, fault: .blinking, uplink: .blinking))
        #expect(signs(false, true, true, [false]) == BoardSigns(run: .blinking, fault: .on, uplink: .off))
        #expect(signs(true, false, false, []) == BoardSigns(run: .on, fault: .on, uplink: .off))
    }
}
