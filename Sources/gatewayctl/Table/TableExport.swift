import BoardConfig
import GatewayModel

/// The points of a config as rows of a table.
struct TableExport {
    let configuration: GatewayConfiguration
    let texts: DeviceListText
    let templates: [String: DeviceTemplate]

    /// Of a config without errors, and the bytes that it was read of.
    init(_ configuration: GatewayConfiguration, bytes: [UInt8], templates: [DeviceTemplate]) {
        self.configuration = configuration
        texts = DeviceListText.read(bytes)
        self.templates = Dictionary(templates.map { ($0.name, $0) }) { first, _ in first }
    }

    func csv(separator: Character = ",") -> String {
        var csv = CSVText(separator: separator)
        csv.add(PointColumn.allCases.map(\.rawValue))
        for row in rows { csv.add(PointColumn.allCases.map { row[$0] ?? "" }) }
        return csv.text
    }

    var rows: [PointCells] {
        zip(configuration.devices, texts.devices).flatMap { device, text in
            let shared = cells(of: device, text)
            return configuration.points[device.points].enumerated().map { offset, point in
                let own = text.points.flatMap { offset < $0.count ? $0[offset] : nil } ?? []
                let template = device.template.flatMap { templates[$0] }
                return shared.merging(cells(of: point, own, template)) { _, cell in cell }
            }
        }
    }

    private func cells(of device: DeviceConfiguration, _ text: DeviceListText.Device) -> PointCells {
        func value(_ key: String) -> String { text.fields.first { $0.key == key }.map { Self.bare($0.value) } ?? "" }
        // A device's period shows in its points.
        let shown = ["id", "bus", "address", "template", "period"]
        let options = text.fields.filter { !shown.contains($0.key) }
        return [
            .device: device.id, .bus: device.bus, .address: value("address"), .template: device.template ?? "",
            .options: Self.text(options),
        ]
    }

    private func cells(
        of point: PointDefinition, _ own: [DeviceListText.Field], _ template: DeviceTemplate?
    ) -> PointCells {
        func has(_ key: String) -> Bool { own.contains { $0.key == key } }
        let from = own.first { $0.key == "from" }.map { Self.bare($0.value) }
        let base = template?.points.first { $0.id == from ?? point.id }
        var cells = point.cells
        cells[.point] = point.id
        cells[.from] = from ?? ""
        // An own scaling makes the template's engineering figures void, even where it is the same: so it must be written.
        if let base = base?.definition, ["scale", "offset", "map"].contains(where: has),
            base.validValue != nil || base.deadBand != nil || base.resolution != nil
        {
            for column in [PointColumn.scale, .offset, .deadband] { cells[column] = "" }
        }
        // A unit or scale of its own says that someone has compared a doubtful point with the device's display.
        if base?.doubt != nil {
            for column in [PointColumn.unit, .scale] where !has(column.key) { cells[column] = "" }
        }
        let shown = PointColumn.ofPoint.filter { cells[$0]?.isEmpty == false }.map(\.key)
        cells[.more] = Self.text(own.filter { $0.key != "id" && !shown.contains($0.key) })
        return cells
    }

    private static func text(_ fields: [DeviceListText.Field]) -> String {
        fields.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }

    /// Without the quotes of YAML.
    private static func bare(_ value: String) -> String {
        value.hasPrefix("\"") && value.hasSuffix("\"") && value.count >= 2
            ? String(value.dropFirst().dropLast()) : value
    }
}
