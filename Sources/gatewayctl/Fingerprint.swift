import BoardConfig
import FieldBus
import GatewayModel

/// Which device family a found Modbus device looks like: the template of which most registers answer.
///
/// Reads each template's points once, by runs of neighbours; never more than ``mostReads`` a device. It is a guess, and
/// says by how much.
final class Fingerprint {
    static let mostReads = 120
    /// Fewer runs of registers prove nothing.
    static let leastRuns = 2

    private struct Run: Hashable {
        var table: RegisterTable
        var address: UInt16
        var count: Int
    }

    private let tool: PortTool
    private let templates: [(name: String, runs: [Run])]

    init(tool: PortTool, libraries: [String]) {
        self.tool = tool
        let directories = libraries.isEmpty ? LibraryDirectories.standard(configFile: "./-") : libraries
        templates = TemplateShelf(directories: directories).all().templates
            .filter { $0.proto.hasPrefix("modbus") }.map { ($0.name, Self.runs(of: $0)) }
    }

    /// nil: it looks like none.
    func family(of finding: ScanFinding) -> String? {
        guard case .modbus(let unit) = finding.identity, finding.format == tool.format else { return nil }
        var answers: [Run: Bool] = [:]
        var scores: [(name: String, answered: Int, of: Int)] = []
        for template in templates where template.runs.count >= Self.leastRuns {
            var answered = 0
            for run in template.runs {
                let known = answers[run]
                guard known != nil || answers.count < Self.mostReads else { break }
                let isThere =
                    known
                    ?? (tool.read(unit: unit, table: run.table, address: run.address, count: run.count) != nil)
                answers[run] = isThere
                if isThere { answered += 1 } else { break }
            }
            if answered == template.runs.count { scores.append((template.name, answered, template.runs.count)) }
        }
        // The one that explains most registers.
        guard let best = scores.max(by: { $0.of < $1.of }) else { return nil }
        let equals = scores.filter { $0.of == best.of }.map(\.name)
        return "looks like \(equals.prefix(3).joined(separator: " or ")) (\(best.of) register runs answer)"
    }

    /// Neighbouring points that may be read by one request, at most eight runs.
    private static func runs(of template: DeviceTemplate) -> [Run] {
        let points = template.points.filter { $0.isReadable && $0.doubt == nil }.compactMap(
            \.definition.source.register
        )
        .sorted { ($0.table.rawValue, $0.address) < ($1.table.rawValue, $1.address) }
        var runs: [Run] = []
        for source in points {
            let end = Int(source.address) + source.count
            if let last = runs.last, last.table == source.table, Int(last.address) + last.count >= Int(source.address),
                end - Int(last.address) <= min(template.maxRegisters ?? 60, 60)
            {
                runs[runs.count - 1].count = max(last.count, end - Int(last.address))
            } else {
                runs.append(Run(table: source.table, address: source.address, count: source.count))
            }
        }
        return Array(runs.prefix(8))
    }
}
