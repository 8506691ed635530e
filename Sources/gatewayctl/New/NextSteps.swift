import GatewayModel

/// What `gatewayctl new` says when it is done.
struct NextSteps {
    let station: NewStation
    let configuration: GatewayConfiguration
    let path: String
    let isExample: Bool

    var text: String {
        let counts = [
            Self.count(configuration.devices.count, "device", "devices"),
            Self.count(configuration.points.count, "point", "points"),
            Self.count(configuration.buses.count, "bus", "buses"),
        ].joined(separator: ", ")
        var lines = ["\(path): \(station.kind.title), \(counts)", "next:"]
        if isExample {
            lines += [
                "  stationsim BoardConfigs/scenarios/\(station.kind.example).json5 --dir /tmp/district-gateway    the station without hardware",
                "  mosquitto -p 18830                                 a broker, if there is none",
                "  gatewayd --config \(path) --state-dir ./state      runs it",
                "  gatewayctl status --state-dir ./state              how it is",
            ]
            return lines.joined(separator: "\n") + "\n"
        }
        if station.devices.isEmpty {
            lines.append(
                "  devices: none yet; those in comments are usual ones, `gatewayctl table import` takes a spreadsheet")
        }
        if !station.unknown.isEmpty {
            lines.append("  \(station.unknown.count) found of no known family: see the comments")
        }
        if station.broker == nil { lines.append("  uplinks: write the broker's host in place of broker.example") }
        if let ca = station.ca {
            lines.append("  put the certificate that signs the broker's into \(ca) on the gateway")
        }
        lines += [
            "  gatewayctl check \(path)     every problem, with its line",
            "  gatewayctl plan \(path)      load of the lines, data volume, outages",
            "  gatewayd --config \(path) --state-dir ./state",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
