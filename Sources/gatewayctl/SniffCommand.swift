import ArgumentParser
import FieldBus
import Foundation
import GatewayModel

struct SniffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sniff",
        abstract: "Listens to a serial line and decodes what others say; sends nothing.",
        discussion: """
            Requests of another master and the answers to them are paired, so that values are shown with their \
            registers. On a bus of the running gateway use `gatewayctl frames BUS --follow`.

            Exit status: 0, 65 when the port cannot be used, 69 when it is lost on the way.

            EXAMPLES:
              gatewayctl sniff /dev/ttyS1
              gatewayctl sniff /dev/ttyS1 --serial "19200 8E1" --seconds 60 --pcap line.pcap
            """)

    @Argument(help: "A device path.", completion: .file())
    var port: String

    @Option(help: ArgumentHelp("The line's settings.", valueName: "settings"))
    var serial = "9600 8N1"

    @Option(help: "End after so many seconds; without it at Ctrl-C.")
    var seconds: Int64?

    @Option(help: ArgumentHelp("Write a capture file at the end, too.", valueName: "file"), completion: .file())
    var pcap: String?

    func run() throws {
        let words = serial.split(separator: " ").map(String.init)
        guard words.count == 2, let format = SerialFormat(words: words[0], words[1]) else {
            throw ValidationError("--serial: \"\(serial)\" is no setting, expected like \"9600 8N1\"")
        }
        var renderer = FrameText(.rtu)
        var kept: [RecordedFrame] = []
        let offset = SystemTime().realTime() - SystemTime().bootTime().nanoseconds
        let tool: PortTool
        do { tool = try PortTool(path: port, format: format) } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.data
        }
        do {
            try tool.sniff(seconds: seconds) { frame in
                print(renderer.line(frame, clock: Self.clock(frame.time.nanoseconds + offset)))
                guard pcap != nil else { return }
                kept.append(frame)
                // Of a long listening the last ones: at least 20,000.
                if kept.count >= 40_000 { kept.removeFirst(20_000) }
            }
        } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
        guard let pcap else { return }
        let bytes = CaptureFile.bytes(kept, framing: .rtu, offset: offset)
        guard FileManager.default.createFile(atPath: pcap, contents: Data(bytes)) else {
            StandardError.write("gatewayctl: \(pcap): cannot be written")
            throw ExitStatus.cannotCreate
        }
    }

    /// Time of day, UTC, to a microsecond.
    private static func clock(_ time: Nanoseconds) -> String {
        let day = time / 1_000 % 86_400_000_000
        let seconds = day / 1_000_000
        return String(
            format: "%02d:%02d:%02d.%06d", Int(seconds / 3_600), Int(seconds / 60 % 60), Int(seconds % 60),
            Int(day % 1_000_000))
    }
}
