import ArgumentParser
import FieldBus
import Foundation
import GatewayModel

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Looks who is on a serial line: addresses, settings, protocols, device families.",
        discussion: """
            Only reads, and asks for everything that it knows: DL/T 645, CJ/T 188 and M-Bus meters all together, then \
            register 0 of each Modbus address (whoever is there answers with it or with an exception). Without --serial \
            the settings are 9600 8N1, and for meters 2400 8E1 too. A fast pass waits 50 ms for each address, a slow one \
            300 ms for those not found: 247 addresses at 9600 baud take 19 s and 79 s, the meters 8 s. A meter that sleeps \
            to spare its battery may count the questions; there are four to nine.

            Where several meters answer at once, DL/T 645 and M-Bus meters are told apart by questions to fewer of them; \
            CJ/T 188 does not have that, and the line says so. With --protocol m-bus alone each primary address is asked.

            What a device looks like is found by reading registers of the device templates: a name is a guess, and families \
            that it cannot tell apart are all named.

            PORT is a device path, or a bus of the running gateway: that one searches in the gaps of its polling, which \
            goes on, at its own setting, and knows the devices of its config already.

            Exit status: 0, 65 when the port cannot be used, 69 when the port or gateway is lost on the way.

            EXAMPLES:
              gatewayctl scan /dev/ttyS1
              gatewayctl scan /dev/ttyS1 --serial "9600 8N1,19200 8E1" --protocol modbus
              gatewayctl scan /dev/ttyS1 --all --resume scan.txt     every usual setting; can be stopped and go on
              gatewayctl scan meters --state-dir ./state
            """)

    @Argument(help: "A device path, or a bus of the running gateway.", completion: .file())
    var port: String

    @Option(help: ArgumentHelp("Settings to try, separated by commas, and no others.", valueName: "list"))
    var serial: String?

    @Flag(help: "Try all usual settings, those of --serial first.")
    var all = false

    @Option(
        name: .customLong("protocol"),
        help: ArgumentHelp("Only these, separated by commas: modbus, dlt645, cjt188, m-bus.", valueName: "list"))
    var protocols: String?

    @Option(help: ArgumentHelp("Modbus addresses.", valueName: "from-to"))
    var addresses = "1-247"

    @Flag(help: "The fast pass only.")
    var fast = false

    @Flag(help: "Do not look which device families those are that were found.")
    var noNames = false

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
        let plan = try plan()
        let names = noNames ? nil : DeviceFamilies(libraries: libraries)
        if port.contains("/") {
            try PortScan(path: port, resume: resume).run(plan, names)
        } else {
            try DaemonScan(bus: port, stateDir: stateDir).run(request, names)
        }
    }

    /// What the daemon is asked.
    private var request: String {
        var words = ["addresses", addresses]
        if fast { words.append("fast") }
        if let protocols { words += ["protocols", protocols.filter { $0 != " " }] }
        if let serial { words += ["serial", serial.split { ", ".contains($0) }.joined(separator: ",")] }
        if all { words.append("all") }
        return words.joined(separator: " ")
    }

    private func plan() throws -> ScanPlan {
        var formats = try (serial ?? "9600 8N1").split(separator: ",").map { text in
            let words = text.split(separator: " ").map(String.init)
            guard words.count == 2, let format = SerialFormat(words: words[0], words[1]) else {
                throw ValidationError("--serial: \"\(text)\" is no setting, expected like \"9600 8N1\"")
            }
            return format
        }
        guard let first = formats.first else { throw ValidationError("--serial: no setting") }
        if all { formats += first.alternatives.filter { !formats.contains($0) } }
        let ends = addresses.split(separator: "-").map { UInt8($0) }
        guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, 1 <= low, low <= high,
            high <= 247
        else { throw ValidationError("--addresses: expected 1-247, or a part of it like 1-32") }
        let spoken = try protocols?.split(separator: ",").map { name in
            guard let proto = ScanProtocol(rawValue: name.trimmingCharacters(in: .whitespaces)) else {
                let known = ScanProtocol.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--protocol: no \"\(name)\"; known: \(known)")
            }
            return proto
        }
        return ScanPlan(
            formats: formats, meterFormats: serial == nil ? [ScanPlan.meterFormat] : [], addresses: low...high,
            passes: fast ? [.fast] : [.fast, .slow], protocols: spoken ?? ScanProtocol.allCases)
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
