package import GatewayModel

/// Checks one file of any kind: a config, a device template or a board.
package struct FileCheck: Sendable {
    package var problems: [Problem]
    /// What the file is, in a few words; nil when it may not be used.
    package var summary: String?
    /// Of a config that may be used; nil for the other kinds.
    package var configuration: GatewayConfiguration?
    package var places = ConfigPlaces()

    /// Tells the kinds apart by their keys: a template has `points`, a board `ports` or only a `name`; all else is a
    /// config. `libraryDirectories`: as ``BoardConfigReader/read(file:libraryDirectories:)`` takes them.
    package static func check(file path: String, libraryDirectories: [String]? = nil) -> FileCheck {
        let log = ProblemLog()
        switch kind(of: path) {
        case .config:
            let result = BoardConfigReader.read(file: path, libraryDirectories: libraryDirectories)
            let summary = result.configuration.map {
                "\(count($0.devices.count, "device")), \(count($0.points.count, "point")), "
                    + "\(count($0.buses.count, "bus", "buses"))"
            }
            return FileCheck(
                problems: result.problems, summary: summary, configuration: result.configuration, places: result.places)
        case .template:
            let template = TemplateFile.load(path, name: name(of: path), log)
            return FileCheck(
                problems: log.sorted, summary: template.map { "template, \(count($0.points.count, "point"))" })
        case .board:
            let board = BoardFile.load(path, log)
            return FileCheck(
                problems: log.sorted,
                summary: log.hasErrors ? nil : board.map { "board, \(count($0.ports.count, "port"))" })
        }
    }

    private enum Kind {
        case config, template, board
    }

    private static func kind(of path: String) -> Kind {
        let silent = FileContext(file: path, log: ProblemLog())
        guard let bytes = try? ConfigFile.read(path), let node = YAMLLoader.load(bytes, silent),
            case .mapping(let pairs) = node.content
        else { return .config }
        let keys = Set(pairs.map(\.key))
        guard keys.isDisjoint(with: KeySet.root.keys + KeySet.root.later) else { return .config }
        if keys.contains("points") { return .template }
        return keys.contains("ports") || keys.contains("name") ? .board : .config
    }

    private static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
    }

    private static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }
}
