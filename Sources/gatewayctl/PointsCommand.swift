import ArgumentParser
import BoardConfig
import GatewayModel

struct PointsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "points",
        abstract: "Lists the points that a board config makes the gateway poll.",
        discussion: """
            With templates and defaults resolved: what really is read, where from and how often.

            Exit status: 0, or 78 when the config may not be used.

            EXAMPLES:
              gatewayctl points station.yaml
              gatewayctl points station.yaml --json | jq -r '.[] | [.device, .point, .unit] | @csv'
            """)

    @Flag(help: "A JSON array of objects, for programs.")
    var json = false

    @Argument(help: "The board config.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func run() throws {
        let result = BoardConfigReader.read(file: file)
        for problem in result.errors { StandardError.write(problem.description) }
        guard let configuration = result.configuration else { throw ExitStatus.config }
        if json {
            print(Self.json(configuration.points))
        } else {
            for point in configuration.points { print(Self.line(point)) }
        }
    }

    private static func line(_ point: PointDefinition) -> String {
        let unit = point.unit.isEmpty ? "" : " \(point.unit)"
        let source = "\(point.source.placeName) \(point.source.placeText) \(point.source.typeText)"
        return "\(point.device).\(point.id)\(unit)  \(source)  \(period(point))  \(point.priority.name)"
    }

    private static func period(_ point: PointDefinition) -> String {
        switch point.period {
        case .continuous: "continuous"
        case .every(let period) where period % 1_000_000_000 == 0: "every \(period / 1_000_000_000) s"
        case .every(let period): "every \(period / 1_000_000) ms"
        }
    }

    private static func json(_ points: [PointDefinition]) -> String {
        var writer = JSONWriter()
        writer.array { json in
            for point in points {
                json.object { json in
                    json.field("device", point.device)
                    json.field("point", point.id)
                    json.field("unit", point.unit)
                    json.field("table", point.source.placeName)
                    if let register = point.source.register {
                        json.field("address", register.address)
                    } else {
                        json.field("address", point.source.placeText)
                    }
                    json.field("type", point.valueType.rawValue)
                    json.field("kind", point.kind.rawValue)
                    json.field("priority", point.priority.name)
                    json.key("period_ms")
                    if case .every(let period) = point.period { json.integer(period / 1_000_000) } else { json.null() }
                }
            }
        }
        return writer.text
    }
}
