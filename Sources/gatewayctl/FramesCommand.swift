import ArgumentParser
import DiagnosticShell
import Foundation

struct FramesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frames",
        abstract: "Shows the last frames of a bus, or of a fault; saves them for Wireshark.",
        discussion: """
            The daemon always records: the last 16 KiB of each bus, and what led to the first and the newest fault (a \
            device fell silent, a burst of spoiled answers, another meter at an old address, a lost port) until it is \
            released. -> was sent, <- was received, <? came \
            when nobody had been asked.

            Exit status: 0, 65 when there is no such bus or fault, 69 when no daemon answers.

            EXAMPLES:
              gatewayctl frames meters                        the last frames, decoded
              gatewayctl frames meters --follow               and what comes, until Ctrl-C
              gatewayctl frames meters --first                what led to the first fault
              gatewayctl frames meters --pcap meters.pcap     then: wireshark meters.pcap
              gatewayctl frames meters --release              the faults have been looked at
            """)

    @Argument(help: "The bus, as the config names it.")
    var bus: String

    @Flag(help: "What led to the first fault since the last release.")
    var first = false

    @Flag(help: "What led to the newest fault.")
    var newest = false

    @Flag(help: "Go on with what comes.")
    var follow = false

    @Flag(help: "Forget the kept faults, so that the next one is the first again.")
    var release = false

    @Option(help: ArgumentHelp("Write a capture file instead.", valueName: "file"), completion: .file())
    var pcap: String?

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func validate() throws {
        if first && newest { throw ValidationError("--first or --newest, not both") }
        if follow && (first || newest || pcap != nil) { throw ValidationError("--follow shows what is going on now") }
    }

    func run() throws {
        let part = first ? " --first" : newest ? " --newest" : ""
        if release { return print(String(decoding: try ask("--release"), as: UTF8.self), terminator: "") }
        if let pcap {
            let bytes = Data(try ask("--pcap\(part)"))
            do { try bytes.write(to: URL(fileURLWithPath: pcap)) } catch {
                StandardError.write("gatewayctl: \(pcap): cannot be written: \(error.localizedDescription)")
                throw ExitStatus.cannotCreate
            }
            return
        }
        var next = try show("\(part)", after: -1)
        while follow {
            Thread.sleep(forTimeInterval: 0.3)
            next = try show("", after: next)
        }
    }

    /// Prints frames recorded after a moment; returns the moment of the last one.
    private func show(_ part: String, after: Int64) throws -> Int64 {
        let text = String(decoding: try ask("--after \(after)\(part)"), as: UTF8.self)
        let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        if lines.count > 1 { FileHandle.standardOutput.write(Data(lines[1].utf8)) }
        return lines.first.flatMap { Int64($0.dropFirst(5)) } ?? after
    }

    private func ask(_ rest: String) throws -> [UInt8] {
        try DaemonRequest.ask("frames \(bus) \(rest)", stateDir: stateDir)
    }
}
