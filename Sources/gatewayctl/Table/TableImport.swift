import BoardConfig
import GatewayModel

/// Puts a point table in place of the devices of a config, and says what the checker says of it by the table's own cells.
struct TableImport {
    var text = ""
    /// The table's, then those of the rest of the config.
    var problems: [PointTable.Problem] = []
    var isSound: Bool { !problems.contains { $0.severity == "error" } }

    /// Without a config: what is wrong with the table itself, and the section alone.
    init(_ bytes: [UInt8], file: String, templates: [DeviceTemplate]) {
        let table = PointTable(bytes, file: file)
        problems = table.problems
        text = DeviceSection(table, templates: templates).text
    }

    /// `config`: the text of the config file, of the path `configFile`.
    init(
        _ bytes: [UInt8], file: String, templates: [DeviceTemplate], into config: String, configFile: String,
        libraries: [String]
    ) {
        let table = PointTable(bytes, file: file)
        problems = table.problems
        guard problems.isEmpty else { return }
        let section = DeviceSection(table, templates: templates)
        let (text, lines) = ConfigSections(config).replacing(
            "devices", with: section.lines, before: ["inputs", "outputs", "vitals", "alarms", "store", "uplinks"])
        self.text = text
        let result = BoardConfigReader.read(
            bytes: Array(text.utf8), file: configFile, libraryDirectories: libraries)
        for problem in result.problems {
            guard problem.file == configFile, lines.contains(problem.position.line),
                let span = section.cell(
                    line: problem.position.line - lines.lowerBound + 1, column: problem.position.column)
            else {
                problems.append(
                    .init(
                        file: problem.file, line: problem.position.line, column: problem.position.column,
                        severity: problem.severity.rawValue, message: problem.message))
                continue
            }
            problems.append(
                .init(
                    file: file, line: span.cell.line, column: span.cell.column, name: span.name,
                    severity: problem.severity.rawValue, message: problem.message))
        }
    }
}
