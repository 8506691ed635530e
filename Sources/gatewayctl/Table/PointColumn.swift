import BoardConfig
import GatewayModel

/// The columns of a point table, in the order in which they are written. One row is one point; what is said of its device
/// stands in every row of it, or only in the first.
enum PointColumn: String, CaseIterable {
    case device, bus, address, template, point, from, table, register, type, bit, length, scale, offset, unit, period
    case priority, kind, deadband
    case maxSilence = "max_silence"
    /// All else that the config may say of the point, as it stands there: `map: {raw: [4000, 20000], to: [0, 1.6]}`.
    case more
    /// All else of the device: `baud: 2400, format: 8E1`.
    case options
    /// For people; becomes a comment.
    case note

    /// What a sheet may say in its head instead.
    private static let chinese: [String: PointColumn] = [
        "设备": .device, "总线": .bus, "地址": .address, "模板": .template, "点": .point, "点名": .point, "来源": .from,
        "区": .table, "寄存器": .register, "类型": .type, "位": .bit, "长度": .length, "系数": .scale, "偏移": .offset,
        "单位": .unit, "周期": .period, "优先级": .priority, "类别": .kind, "死区": .deadband, "最长静默": .maxSilence,
        "其他": .more, "设备选项": .options, "备注": .note,
    ]

    init?(heading: String) {
        let word = heading.lowercased()
        guard let column = PointColumn(rawValue: word) ?? Self.chinese[word] else { return nil }
        self = column
    }

    static let ofDevice: [PointColumn] = [.bus, .address, .template, .options]

    /// Those that a point's mapping has as a key of the config.
    static let ofPoint: [PointColumn] = [
        .from, .table, .register, .type, .bit, .length, .scale, .offset, .unit, .period, .priority, .kind, .deadband,
        .maxSilence,
    ]

    /// The config's key.
    var key: String {
        switch self {
        case .point: "id"
        case .register: "address"
        default: rawValue
        }
    }

    var isNumber: Bool { [.register, .bit, .length, .scale, .offset, .deadband].contains(self) }
}

/// The cells of one row.
typealias PointCells = [PointColumn: String]

extension PointDefinition {
    /// What the table shows of a point, with all that is inherited; of meters not where the value lies, which the
    /// template says, or the column `more`.
    var cells: PointCells {
        var cells: PointCells = [.unit: unit, .priority: priority.name, .kind: kind.rawValue]
        if let register = source.register {
            cells[.table] = register.table.rawValue
            cells[.register] = "\(register.address)"
            cells[.type] = register.type.rawValue
            if register.type == .bit { cells[.bit] = "\(register.bit)" }
            if register.type == .string { cells[.length] = "\(register.count)" }
        }
        // Registers or the meter itself say the rest of the scaling elsewhere.
        if case .register(let register) = source, ![.bool, .bit, .string].contains(register.type),
            case .linear(let scale, let offset) = scaling
        {
            cells[.scale] = "\(scale)"
            cells[.offset] = "\(offset)"
        }
        switch period {
        case .continuous: cells[.period] = "continuous"
        case .every(let span): cells[.period] = DurationText.format(span)
        }
        if let deadBand { cells[.deadband] = "\(deadBand)" }
        cells[.maxSilence] = DurationText.format(maxSilence)
        return cells
    }

    /// The same of a point that no template knows and that says nothing itself.
    static let defaultCells: PointCells = [
        .unit: "", .priority: Defaults.priority.name, .kind: Defaults.kind.rawValue, .scale: "1", .offset: "0",
        .period: DurationText.format(Defaults.period), .maxSilence: DurationText.format(Defaults.maxSilence),
    ]
}
