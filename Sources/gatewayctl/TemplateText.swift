import BoardConfig
import GatewayModel

/// Templates as text for a terminal.
enum TemplateText {
    static func matches(_ template: DeviceTemplate, _ word: String) -> Bool {
        let fields = [template.name, template.title, template.vendor, template.category] + template.points.map(\.id)
        return fields.contains { $0.lowercased().contains(word.lowercased()) }
    }

    static func list(_ templates: [DeviceTemplate]) -> String {
        columns(
            [["TEMPLATE", "POINTS", "DEFAULT", "VERIFIED", "DEVICE"]]
                + templates.map {
                    [
                        $0.name, "\($0.points.count)", "\($0.defaultPoints.count)", $0.verification.rawValue, $0.title,
                    ]
                })
    }

    static func page(_ template: DeviceTemplate) -> String {
        var text = "\(template.name): \(template.title)\n\n"
        text += columns([
            ["vendor", template.vendor], ["category", template.category], ["protocol", template.proto],
            ["factory line", template.serial], ["verification", template.verification.rawValue],
        ])
        text += "\npoints (* read by default, ? doubtful, - never polled)\n"
        text += columns(
            [["", "POINT", "UNIT", "IN", "AT", "TYPE", "VALUE", "KIND", "NOTE"]]
                + template.points.map { row($0, template) }, indent: "  ")
        text += section("sources", template.sources)
        text += section("notes", template.notes)
        return text
    }

    private static func row(_ point: TemplatePoint, _ template: DeviceTemplate) -> [String] {
        let source = point.definition.source
        let isDefault = template.defaultPoints.contains { $0.id == point.id }
        let mark = !point.isReadable ? "-" : point.doubt != nil ? "?" : isDefault ? "*" : " "
        let isLowFirst = source.register.map { $0.count > 1 && $0.wordOrder == .little } ?? false
        let note = [
            point.doubt, point.unitFrom.map { "unit from \($0)" }, point.exponentFrom.map { "exponent from \($0)" },
            point.decimalsFrom.map { "decimals from \($0)" }, point.note,
        ].compactMap { $0 }
        return [
            mark, point.id, point.definition.unit, source.placeName, source.placeText,
            source.typeText + (isLowFirst ? " low first" : ""),
            scaling(point.definition.scaling), point.definition.kind.rawValue, note.joined(separator: "; "),
        ]
    }

    private static func scaling(_ scaling: Scaling) -> String {
        switch scaling {
        case .map(let rawLow, let rawHigh, let low, let high): "\(rawLow)..\(rawHigh) -> \(low)..\(high)"
        case .linear(let scale, let offset):
            (scale == .one ? "raw" : "raw x \(scale)")
                + (offset == .zero ? "" : offset < .zero ? " - \(offset.negated)" : " + \(offset)")
        }
    }

    private static func section(_ title: String, _ lines: [String]) -> String {
        lines.isEmpty ? "" : "\n\(title)\n" + lines.map { "  - \($0)\n" }.joined()
    }

    /// Left-aligned columns, two blanks between, nothing trailing.
    private static func columns(_ rows: [[String]], indent: String = "") -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = indent
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
