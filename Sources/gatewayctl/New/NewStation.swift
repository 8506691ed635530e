import BoardConfig
import GatewayModel

/// A config that is yet to be written: what is known of the station, and the commented text that it becomes.
struct NewStation {
    var kind: StationKind
    var id: String
    /// Empty: the kind's.
    var name = ""
    var timezone = Defaults.timezone
    /// nil: device paths instead of a board's port names.
    var board: String?
    /// The board's, in its order.
    var ports: [String] = []
    var buses: [NewBus] = []
    var devices: [NewDevice] = []
    /// What a search found and no template is known of, as it said it.
    var unknown: [(bus: String, finding: ScanList.Finding)] = []
    /// nil: not known yet.
    var broker: NewBroker?
    /// nil: plain MQTT.
    var ca: String? = "/etc/gatewayd/ca.pem"
    var templates: [String: DeviceTemplate] = [:]
    /// What editors find the schema by; nil: it is not on this machine.
    var schema: String?

    var text: String {
        var lines: [String] = []
        if let schema { lines.append("# yaml-language-server: $schema=\(schema)") }
        lines += [
            "# \(kind.chineseTitle) \(id): \(kind.title).",
            "# Every key, its default and its bounds: BoardConfigs/README.md. `gatewayctl check` says all that is wrong.",
            "schema: 1",
            "gateway: {id: \(FlowText.plain(id)), name: \(name.isEmpty ? "\(kind.chineseTitle) \(id)" : FlowText.plain(name)), "
                + "timezone: \(timezone)}",
        ]
        if let board {
            lines += [
                "# What its terminals are called; `port` below is one of: \(ports.joined(separator: ", "))",
                "board: \(board)",
            ]
        }
        lines += busLines + deviceLines + alarmLines + storeLines + uplinkLines
        return lines.joined(separator: "\n") + "\n"
    }

    /// Those that are named, those that only devices name, else those that its kind mostly has.
    var allBuses: [NewBus] {
        var all = buses
        for id in devices.map(\.bus) + unknown.map(\.bus) where !all.contains(where: { $0.id == id }) {
            all.append(NewBus(id: id, place: nil, settings: nil))
        }
        return all.isEmpty ? kind.buses : all
    }

    // Sections

    private var busLines: [String] {
        var lines = [
            "buses:",
            "  # One line of RS-485 each. All on it speak at its speed, but for devices with a `baud` of their own.",
        ]
        var free = ports.filter { port in !buses.contains { $0.place == port } }
        for (index, bus) in allBuses.enumerated() {
            let id = FlowText.plain(bus.id)
            if bus.isTCP, let place = bus.place {
                lines.append("  - {id: \(id), tcp: \"\(place)\"}")
                continue
            }
            let port = bus.place ?? (free.isEmpty ? "/dev/ttyS\(index + 1)" : free.removeFirst())
            let settings = settings(of: bus).split(separator: " ").map(String.init)
            lines.append(
                "  - {id: \(id), port: \(FlowText.plain(port)), baud: \(settings.first ?? "9600"), "
                    + "format: \(settings.last ?? "8N1")}")
        }
        return lines
    }

    private func settings(of bus: NewBus) -> String {
        if let settings = bus.settings { return settings }
        let here = devices.filter { $0.bus == bus.id }
        let seen = here.compactMap(\.settings) + unknown.filter { $0.bus == bus.id }.map(\.finding.settings)
        let modbus = here.first { templates[$0.template]?.proto.hasPrefix("modbus") == true } ?? here.first
        return seen.first ?? modbus.flatMap { templates[$0.template]?.factorySetting } ?? "9600 8N1"
    }

    private var deviceLines: [String] {
        var lines: [String] = []
        if devices.isEmpty {
            lines += [
                "# None yet. Many of this kind have some of these; `gatewayctl templates WORD` finds a family, and",
                "# `gatewayctl scan PORT` says who is on the line:",
            ]
            lines += kind.usual.compactMap(NewDevice.init(argument:)).map { "#  - " + entry($0, settings: nil) }
            lines.append("devices: []")
        } else {
            lines += [
                "devices:",
                "  # Each reads the points that its family reads by default; `points: [NAME, {id: NAME, period: 5s}]` chooses.",
            ]
            for device in devices { lines += self.lines(of: device) }
        }
        for (bus, finding) in unknown {
            lines.append("  # On \(bus), of no known family: \(finding.line)")
        }
        return lines
    }

    private func lines(of device: NewDevice) -> [String] {
        var lines: [String] = []
        if let template = templates[device.template] {
            let doubt = template.verification == .doubtful ? " Doubtful: compare with its display." : ""
            lines.append(
                "  # \(template.title): \(template.defaultPoints.count) of \(template.points.count) points.\(doubt)")
        }
        if let note = device.note { lines.append("  # \(note)") }
        var own = device.settings
        if own == nil, let template = templates[device.template], !template.proto.hasPrefix("modbus") {
            own = template.factorySetting
        }
        let bus = allBuses.first { $0.id == device.bus }
        if let bus, bus.isTCP || settings(of: bus) == own { own = nil }
        return lines + ["  - " + entry(device, settings: own)]
    }

    private func entry(_ device: NewDevice, settings: String?) -> String {
        let isUnit = device.address.utf8.count < 8 && device.address.utf8.allSatisfy { $0 >= 48 && $0 <= 57 }
        var text = "{id: \(FlowText.plain(device.id)), bus: \(FlowText.plain(device.bus)), "
        text += "address: \(isUnit ? device.address : FlowText.quoted(device.address)), "
        text += "template: \(FlowText.plain(device.template))"
        if let words = settings?.split(separator: " "), words.count == 2 {
            text += ", baud: \(words[0]), format: \(words[1])"
        }
        return text + "}"
    }

    private var alarmLines: [String] {
        [
            "alarms:",
            "  # Each device has one by itself, raised when it does not answer for a minute. Others such as:",
        ] + kind.alarms.map { "  # - \($0)" } + ["  - {id: \"comm:*\", for: 1m, severity: major}"]
    }

    private var storeLines: [String] {
        ["# `gatewayctl plan` says which outage this bridges.", "store: {size: 256MiB, age: 90d, seal: 10s}"]
    }

    private var uplinkLines: [String] {
        let host = broker.map { FlowText.plain($0.host) } ?? "broker.example"
        let port = broker?.port.map { ", port: \($0)" } ?? ""
        let tls = ca.map { ", tls: {ca: \(FlowText.plain($0))}" } ?? ""
        let remark =
            broker == nil
            ? ["  # Not known yet: the city's broker, and the file of the certificate that signs its own."] : []
        return ["uplinks:"] + remark + ["  - id: city", "    profile: batch", "    mqtt: {host: \(host)\(port)\(tls)}"]
    }
}
