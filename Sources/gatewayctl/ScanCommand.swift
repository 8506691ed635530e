import ArgumentParser
import FieldBus
import Foundation
import GatewayModel

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Looks who is on a serial line: addresses, settings, protocols, device families.",
        discussion: """
            Only reads: Modbus register 0 of each address (whoever is there answers with it or with an exception), and \
            with --protocols the address of DL/T 645, CJ/T 188 and M-Bus meters. A fast pass waits 50 ms for each \
            address, a slow one 300 ms for those not found: 247 addresses at 9600 baud take 17 s and 80 s.

            PORT is a device path, or a bus of the running gateway: that one searches in the gaps of its polling, which \
            goes on, and knows the addresses of its config already.

            Exit status: 0, 65 when the port cannot be used, 69 when the port or gateway is lost on the way.

            EXAMPLES:
              gatewayctl scan /dev/ttyS1
              gatewayctl scan /dev/ttyS1 --serial "9600 8N1,19200 8E1,2400 8E1" --protocols
              gatewayctl scan /dev/ttyS1 --all --resume scan.txt     every usual setting; can be stopped and go on
              gatewayctl scan meters --state-dir ./state
            """)

    @Argument(help: "A device path, or a bus of the running gateway.", completion: .file())
    var port: String

    @Option(help: ArgumentHelp("Settings to try, separated by commas.", valueName: "list"))
    var serial = "9600 8N1"

    @Flag(help: "Try all usual settings, those of --serial first.")
    var all = false

    @Option(help: ArgumentHelp("Modbus and M-Bus addresses.", valueName: "from-to"))
    var addresses = "1-247"

    @Flag(help: "Ask for DL/T 645, CJ/T 188 and M-Bus meters too.")
    var protocols = false

    @Flag(help: "The fast pass only.")
    var fast = false

    @Option(
        help: ArgumentHelp("Keep the state in this file, and go on from it.", valueName: "file"), completion: .file())
    var resume: String?

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("Look for templates here, and nowhere else; may be repeated.", valueName: "dir"),
        completion: .directory)
    var libraries: [String] = []

    @Option(
        help: ArgumentHelp("The daemon's state directory, if it was started with one.", valueName: "dir"),
        completion: .directory)
    var stateDir: String?

    func run() throws {
        var plan = try plan()
        if !port.contains("/") { return try DaemonScan(bus: port, stateDir: stateDir).run(request) }
        let tool: PortTool
        do { tool = try PortTool(path: port, format: plan.formats.first ?? SerialFormat()) } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.data
        }
        if let resume, let text = try? String(contentsOfFile: resume, encoding: .utf8), !plan.resume(text) {
            StandardError.write("gatewayctl: \(resume) is of another scan; remove it or give the same settings")
            throw ExitStatus.data
        }
        let progress = ScanProgress()
        var counter = 0
        do {
            _ = try tool.scan(&plan) { plan in
                counter += 1
                progress.show(plan.position, of: plan.total, found: plan.findings.count, left: plan.timeLeft)
                if let resume, counter % 10 == 0 || plan.position == plan.total {
                    try? Data(plan.text.utf8).write(to: URL(fileURLWithPath: resume), options: .atomic)
                }
            }
        } catch {
            StandardError.write("gatewayctl: \(error)")
            throw ExitStatus.unavailable
        }
        progress.end()
        let shelf = Fingerprint(tool: tool, libraries: libraries)
        for finding in plan.findings { print(finding.text + (shelf.family(of: finding).map { "  \($0)" } ?? "")) }
        StandardError.write(plan.findings.isEmpty ? "nobody answered" : "\(plan.findings.count) found")
    }

    /// What the daemon is asked.
    private var request: String {
        "addresses \(addresses)" + (fast ? " fast" : "") + (protocols ? " protocols" : "") + (all ? " all" : "")
    }

    private func plan() throws -> ScanPlan {
        var formats: [SerialFormat] = []
        for text in serial.split(separator: ",") {
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, let format = SerialFormat(words: words[0], words[1]) else {
                throw ValidationError("--serial: \"\(text)\" is no setting, expected like \"9600 8N1\"")
            }
            formats.append(format)
        }
        guard let first = formats.first else { throw ValidationError("--serial: no setting") }
        if all { formats += first.alternatives.filter { !formats.contains($0) } }
        let ends = addresses.split(separator: "-").map { UInt8($0) }
        guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, 1 <= low, low <= high,
            high <= 247
        else { throw ValidationError("--addresses: expected 1-247, or a part of it like 1-32") }
        return ScanPlan(
            formats: formats, addresses: low...high, passes: fast ? [.fast] : [.fast, .slow], allProtocols: protocols)
    }
}

/// A line that is written over, on a terminal only.
struct ScanProgress {
    private let isShown = isatty(STDERR_FILENO) == 1

    func show(_ position: Int, of total: Int, found: Int, left: Nanoseconds) {
        guard isShown else { return }
        let share = total > 0 ? 100 * position / total : 100
        FileHandle.standardError.write(Data("\r\(share) %, \(found) found, \(left / 1_000_000_000) s left   ".utf8))
    }

    func end() { if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) } }
}
