import ArgumentParser
import BoardConfig
import Foundation
import GatewayModel

struct NewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Writes the commented config of a new station: asks, or takes it all from arguments.",
        discussion: """
            On a terminal, what is not given is asked. What is written passes `gatewayctl check`; nothing is written when it \
            does not. A device that speaks otherwise than its line says so itself.

            Exit status: 0, 64 for wrong usage, 66 when a file cannot be read, 73 when the file is there already or cannot be \
            written, 78 when the config would be wrong.

            EXAMPLES:
              gatewayctl new
              gatewayctl new --kind heat-substation --id hs-017 --name "换热站 17" --board rk3568 --broker mqtt.city.example \\
                  --device heat-meter=tuf-2000m@meters:12 --device pump-1=abb-acs580@drives:1
              gatewayctl scan /dev/ttyS3 > found.txt; gatewayctl new --kind power --id pr-1 --bus feeders=rs485-1 --scan found.txt
              gatewayctl new --kind drainage --id try-1 --example     the one that ships, to be tried with stationsim
            """)

    @Option(help: "\(StationKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: StationKind?

    @Option(help: "The gateway's id, as the platform knows the station.")
    var id: String?

    @Option(help: "The station's name, for people.")
    var name: String?

    @Option(help: "A board of BoardConfigs/boards; without one, buses have device paths.")
    var board: String?

    @Option(help: ArgumentHelp("The city's MQTT broker.", valueName: "host[:port]"))
    var broker: NewBroker?

    @Option(help: ArgumentHelp("The certificate that signs the broker's; \"none\": plain MQTT.", valueName: "file"))
    var ca = "/etc/gatewayd/ca.pem"

    @Option(
        name: .customLong("bus"),
        help: ArgumentHelp(
            """
            A line: ID, ID=PORT, ID=PORT,"19200 8E1" or ID=HOST:PORT of Modbus TCP; may be repeated. Lines that only \
            devices name need not be given.
            """, valueName: "bus"))
    var buses: [NewBus] = []

    @Option(
        name: .customLong("device"),
        help: ArgumentHelp("A device; may be repeated.", valueName: "id=template@bus:address"))
    var devices: [NewDevice] = []

    @Option(
        help: ArgumentHelp(
            "Take the devices of what `gatewayctl scan` printed, onto the first bus.", valueName: "file"),
        completion: .file())
    var scan: String?

    @Flag(help: "Write the station of this kind that ships, devices and all.")
    var example = false

    @Option(name: .shortAndLong, help: "The file; ID.yaml when not given.", completion: .file(extensions: ["yaml"]))
    var output: String?

    @Flag(help: "Write over a file that is there.")
    var force = false

    func run() throws {
        let libraries = LibraryDirectories.standard(configFile: output ?? "./station.yaml")
        let shelf = TemplateShelf(directories: libraries)
        let templates = shelf.all().templates
        let station: NewStation
        do {
            station = try gather(shelf, templates, asks: isatty(STDIN_FILENO) == 1)
        } catch is Questions.Ended {
            throw ValidationError("the answers ended too early; nothing was written")
        }
        var made = station
        made.schema = Self.schema(libraries)
        let path = output ?? "\(station.id).yaml"
        let text = example ? try exampleText(made, libraries) : made.text
        let result = BoardConfigReader.read(bytes: Array(text.utf8), file: path, libraryDirectories: libraries)
        guard let configuration = result.configuration else {
            for problem in result.errors { StandardError.write("gatewayctl new: \(problem.message)") }
            StandardError.write("gatewayctl new: nothing was written")
            throw ExitStatus.config
        }
        try NewFile.write(text, to: path, force: force)
        print(
            NextSteps(station: made, configuration: configuration, path: path, isExample: example).text, terminator: "")
    }

    private func gather(_ shelf: TemplateShelf, _ templates: [DeviceTemplate], asks: Bool) throws -> NewStation {
        let questions = Questions(
            ask: { question in
                FileHandle.standardError.write(Data(question.utf8))
                return readLine()
            }, say: StandardError.write)
        let asksAll = asks && (kind == nil || id == nil)
        guard let kind = try kind ?? (asks ? questions.kind() : nil) else {
            throw ValidationError(
                "--kind: expected one of \(StationKind.allCases.map(\.rawValue).joined(separator: ", ")) (asked on a terminal)"
            )
        }
        guard let id = try id ?? (asks ? questions.id() : nil) else {
            throw ValidationError("--id: expected the gateway's id, such as hs-017 (asked on a terminal)")
        }
        guard NewStation.isID(id) else {
            throw ValidationError("--id: \"\(id)\" is no id, expected a-z, 0-9 and -, at most 63, such as hs-017")
        }
        var station = NewStation(kind: kind, id: id)
        station.templates = Dictionary(templates.map { ($0.name, $0) }) { first, _ in first }
        station.name = name ?? ""
        station.ca = ca == "none" ? nil : ca
        station.buses = buses
        station.devices = devices
        station.board = board
        station.broker = broker
        let boards = shelf.boards()
        if asksAll, !example {
            station.board = try board ?? questions.board(boards.map(\.name))
            station.broker = try broker ?? questions.broker()
        }
        if let board = station.board {
            guard let found = boards.first(where: { $0.name == board }) else {
                throw ValidationError(
                    "--board: no board \"\(board)\", expected one of \(boards.map(\.name).joined(separator: ", "))")
            }
            station.ports = found.ports
        }
        try addFound(to: &station)
        if asksAll, !example, station.devices.isEmpty {
            station.devices = try questions.devices(templates, bus: station.allBuses.first?.id ?? "meters")
        }
        for device in station.devices where station.templates[device.template] == nil {
            let hint = shelf.nearest(to: device.template).map { " (did you mean \"\($0)\"?)" } ?? ""
            throw ValidationError(
                "--device \(device.id): no template \"\(device.template)\"\(hint); `gatewayctl templates WORD` finds one"
            )
        }
        return station
    }

    private func addFound(to station: inout NewStation) throws {
        guard let scan else { return }
        let text = String(decoding: try TableFiles.read(scan), as: UTF8.self)
        let findings = ScanList.findings(text)
        if findings.isEmpty {
            throw ValidationError("--scan: no device in \(scan), expected what `gatewayctl scan` prints")
        }
        station.add(findings, bus: station.buses.first?.id ?? station.allBuses.first?.id ?? "meters")
    }

    private func exampleText(_ station: NewStation, _ libraries: [String]) throws -> String {
        let name = station.kind.example
        for directory in libraries {
            guard let file = try? String(contentsOfFile: "\(directory)/stations/\(name).yaml", encoding: .utf8) else {
                continue
            }
            let title = station.name.isEmpty ? "\(station.kind.chineseTitle) \(station.id)" : station.name
            let text = ExampleStation.text(file, id: station.id, name: title, broker: broker, schema: station.schema)
            if let text { return text }
        }
        StandardError.write("gatewayctl: no stations/\(name).yaml in \(libraries.joined(separator: ", "))")
        throw ExitStatus.noInput
    }

    /// The schema file that ships, by its whole path.
    private static func schema(_ libraries: [String]) -> String? {
        let here = FileManager.default.currentDirectoryPath
        for directory in libraries {
            let path = "\(directory)/board-config.schema.json"
            if FileManager.default.fileExists(atPath: path) { return path.hasPrefix("/") ? path : "\(here)/\(path)" }
        }
        return nil
    }
}
