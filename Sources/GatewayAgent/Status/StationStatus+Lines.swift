internal import DigitalIO
internal import GatewayModel

/// The board's wires.
extension StationStatus {
    var linesText: String {
        var out = Self.table([["WIRE", "KIND", "LINE", "NOW", "CHANGES", "LAST"]] + lines.map(row))
        for line in lines {
            if let problem = line.problem { out += "  \(line.id): \(problem)\n" }
            if line.isPolled { out += "  \(line.id): the line has no interrupts, it is looked at 50 times a second\n" }
            if line.unseen > 0 { out += "  \(line.id): \(line.unseen) pulses were counted by their number alone\n" }
        }
        return out
    }

    private func row(_ line: DigitalStatus) -> [String] {
        [
            line.id, line.kind.rawValue, line.line, line.problem == nil ? meaning(of: line) : "lost", "\(line.edges)",
            line.changed.map { Self.span(now - $0) + " ago" } ?? "-",
        ]
    }

    /// `wet`, `123.45 m3`.
    private func meaning(of line: DigitalStatus) -> String {
        guard let value = line.value else { return "-" }
        guard let point = configuration.points.first(where: { $0.device == "io" && $0.id == line.id }) else {
            return value == 0 ? "inactive" : "active"
        }
        if let label = point.labels[value] { return label }
        guard case .linear(let scale, _) = point.scaling, let total = DecimalNumber(value).multiplied(by: scale) else {
            return "\(value)"
        }
        return point.unit.isEmpty ? "\(total)" : "\(total) \(point.unit)"
    }

    func line(_ line: DigitalStatus, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", line.id)
            json.field("kind", line.kind.rawValue)
            json.field("line", line.line)
            text("error", line.problem, &json)
            optional("value", line.value, &json)
            json.field("changes", line.edges)
            json.field("unseen", line.unseen)
            json.field("correction", line.correction)
            optional("changed_s", line.changed.map { (now - $0) / 1_000_000_000 }, &json)
            json.field("polled", line.isPolled)
        }
    }
}
