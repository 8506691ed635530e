import BoardConfig
import GatewayModel

/// The section `devices` of a config, made of a point table. A cell that says what the template says anyhow is left out.
struct DeviceSection {
    /// A stretch of a line, and the cell that it was made of.
    struct Span {
        var line: Int
        /// From 1, in characters.
        var column: Int
        var cell: CSVTable.Cell
        var name: PointColumn
    }

    private(set) var lines: [String] = ["devices:"]
    private(set) var spans: [Span] = []
    private let templates: [String: DeviceTemplate]

    init(_ table: PointTable, templates: [DeviceTemplate]) {
        self.templates = Dictionary(templates.map { ($0.name, $0) }) { first, _ in first }
        for device in table.devices { add(device) }
    }

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// The cell that stands at a place of the text, lines from 1; nil when none of its line does.
    func cell(line: Int, column: Int) -> Span? {
        let here = spans.filter { $0.line == line }
        return here.last { $0.column <= column } ?? here.first
    }

    private mutating func add(_ device: PointTable.Device) {
        let template = device.cells[.template].flatMap { templates[$0.text] }
        begin("  - ")
        put("id: " + FlowText.plain(device.id.text), device.id, .device)
        for column in [PointColumn.bus, .address, .template] {
            guard let cell = device.cells[column] else { continue }
            begin("    ")
            put(
                "\(column.key): " + (column == .address ? Self.address(cell.text) : FlowText.plain(cell.text)), cell,
                column)
        }
        let period = Self.sharedPeriod(device, template)
        if let period {
            begin("    ")
            put("period: " + FlowText.plain(period.text), period, .period)
        }
        if let options = device.cells[.options] {
            for field in FlowFields.split(options.text) ?? [] {
                begin("    ")
                put(field, options, .options)
            }
        }
        begin("    points:")
        for row in device.rows { add(row, template, period?.text) }
    }

    private mutating func add(_ row: PointTable.Cells, _ template: DeviceTemplate?, _ period: String?) {
        guard let id = row[.point] else { return }
        let base = template?.points.first { $0.id == row[.from]?.text ?? id.text }
        let inherited = base?.definition.cells ?? PointDefinition.defaultCells
        let own = PointColumn.ofPoint.filter { column in
            guard let text = row[column]?.text else { return false }
            switch column {
            case .from: return true
            case .period where period != nil: return !Self.isSame(text, period)
            case .unit where base?.doubt != nil, .scale where base?.doubt != nil: return true
            default: return !Self.isSame(text, inherited[column])
            }
        }
        begin("      - ")
        if own.isEmpty, row[.more] == nil, base != nil {
            put(FlowText.plain(id.text), id, .point)
        } else {
            extend("{")
            put("id: " + FlowText.plain(id.text), id, .point)
            for column in own {
                guard let cell = row[column] else { continue }
                extend(", ")
                put("\(column.key): " + FlowText.plain(cell.text), cell, column)
            }
            if let more = row[.more] {
                extend(", ")
                put(more.text, more, .more)
            }
            extend("}")
        }
        if let note = row[.note] {
            extend("  # " + note.text.split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }

    /// What most points of the device have, when not all have what they would have anyhow, and each row says it.
    private static func sharedPeriod(_ device: PointTable.Device, _ template: DeviceTemplate?) -> CSVTable.Cell? {
        var counts: [String: Int] = [:]
        var differs = false
        for row in device.rows {
            guard let cell = row[.period] else { return nil }
            let base = template?.points.first { $0.id == row[.from]?.text ?? row[.point]?.text }
            let inherited = base?.definition.cells ?? PointDefinition.defaultCells
            differs = differs || cell.text != inherited[.period]
            counts[cell.text, default: 0] += 1
        }
        guard differs, let most = counts.values.max(), most > 1 || device.rows.count == 1 else { return nil }
        return device.rows.compactMap { $0[.period] }.first { counts[$0.text] == most }
    }

    /// Spreadsheets write the same number in several ways.
    private static func isSame(_ text: String, _ other: String?) -> Bool {
        if text == other { return true }
        guard let other, let a = DecimalNumber(text), let b = DecimalNumber(other) else { return false }
        return a == b
    }

    /// A unit number as it is; what is a meter's number or name in quotes.
    private static func address(_ text: String) -> String {
        text.utf8.count < 8 && text.utf8.allSatisfy { $0 >= 48 && $0 <= 57 } ? text : FlowText.quoted(text)
    }

    // Text

    private mutating func begin(_ text: String) { lines.append(text) }
    private mutating func extend(_ text: String) { lines[lines.count - 1] += text }

    private mutating func put(_ text: String, _ cell: CSVTable.Cell, _ name: PointColumn) {
        let column = lines[lines.count - 1].unicodeScalars.count + 1
        spans.append(Span(line: lines.count, column: column, cell: cell, name: name))
        extend(text)
    }
}
