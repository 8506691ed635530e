/// The rows of a point table by device, as far as they can be understood without the config.
struct PointTable {
    typealias Cells = [PointColumn: CSVTable.Cell]

    struct Device {
        var id: CSVTable.Cell
        /// `bus`, `address`, `template`, `options`; those that are given.
        var cells: Cells = [:]
        /// One for each point, in the order of the file.
        var rows: [Cells] = []
    }

    struct Problem: Hashable, CustomStringConvertible {
        var file: String
        var line: Int
        var column: Int
        /// nil: of the whole file or row.
        var name: PointColumn?
        var severity = "error"
        var message: String

        var description: String {
            let named = name.map { "column \"\($0.rawValue)\": " } ?? ""
            return "\(file):\(line):\(column): \(severity): \(named)\(message)"
        }
    }

    let file: String
    private(set) var devices: [Device] = []
    private(set) var problems: [Problem] = []

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        do {
            let table = try CSVTable(bytes)
            read(table)
        } catch {
            problems.append(Problem(file: file, line: error.line, column: error.column, message: error.message))
        }
    }

    private mutating func read(_ table: CSVTable) {
        guard let head = table.rows.first else {
            problems.append(
                Problem(file: file, line: 1, column: 1, message: "an empty table, expected a head and rows"))
            return
        }
        var columns: [PointColumn?] = []
        for cell in head { columns.append(column(cell)) }
        for needed in [PointColumn.device, .point] where !columns.contains(needed) {
            problems.append(
                Problem(
                    file: file, line: head[0].line, column: 1, message: "no column \"\(needed.rawValue)\" in the head"))
        }
        for (index, column) in columns.enumerated() where column != nil && columns[..<index].contains(column) {
            report(head[index], column, "a second one, expected each column once")
        }
        guard problems.isEmpty else { return }
        if table.rows.count == 1 { report(head[0], nil, "no rows below the head") }
        var places: [String: Int] = [:]
        for row in table.rows.dropFirst() { read(row, columns, table.separator, &places) }
        for device in devices { checkWhole(device) }
    }

    private mutating func column(_ cell: CSVTable.Cell) -> PointColumn? {
        if let column = PointColumn(heading: cell.text) { return column }
        // An empty heading may stand over remarks.
        if !cell.text.isEmpty {
            let known = PointColumn.allCases.map(\.rawValue).joined(separator: ", ")
            report(cell, nil, "no column is called \"\(cell.text.prefix(40))\", expected one of \(known)")
        }
        return nil
    }

    private mutating func read(
        _ row: [CSVTable.Cell], _ columns: [PointColumn?], _ separator: Unicode.Scalar, _ places: inout [String: Int]
    ) {
        var cells: Cells = [:]
        for (index, cell) in row.enumerated() where !cell.text.isEmpty {
            guard index < columns.count else {
                return report(cell, nil, "a cell beyond the last column of the head")
            }
            guard let column = columns[index] else { continue }
            var cell = cell
            if cell.text.contains(where: \.isNewline), column != .note {
                return report(cell, column, "several lines in one cell, expected one")
            }
            // 0,1 of a sheet that has semicolons between its cells.
            if column.isNumber, separator == ";" { cell.text = cell.text.split(separator: ",").joined(separator: ".") }
            cells[column] = cell
        }
        guard let first = row.first else { return }
        guard let id = cells[.device] else { return report(first, .device, "empty, expected the device's id") }
        guard cells[.point] != nil else { return report(first, .point, "empty, expected the point's id") }
        let place = places[id.text] ?? devices.count
        if place == devices.count {
            devices.append(Device(id: id))
            places[id.text] = place
        }
        for column in PointColumn.ofDevice {
            guard let cell = cells[column] else { continue }
            if let earlier = devices[place].cells[column], earlier.text != cell.text {
                report(
                    cell, column,
                    "\"\(cell.text.prefix(40))\", but line \(earlier.line) has \"\(earlier.text.prefix(40))\" for "
                        + "device \(id.text)")
            } else if devices[place].cells[column] == nil {
                devices[place].cells[column] = cell
            }
        }
        devices[place].rows.append(cells)
    }

    private mutating func checkWhole(_ device: Device) {
        for needed in [PointColumn.bus, .address] where device.cells[needed] == nil {
            report(device.id, needed, "in no row of device \(device.id.text.prefix(40))")
        }
        if let options = device.cells[.options], FlowFields.split(options.text) == nil {
            report(options, .options, "expected keys with values such as baud: 2400, format: 8E1")
        }
    }

    private mutating func report(_ cell: CSVTable.Cell, _ column: PointColumn?, _ message: String) {
        problems.append(Problem(file: file, line: cell.line, column: cell.column, name: column, message: message))
    }
}

/// The keys of a mapping without its brackets: `baud: 2400, values: {0: off, 1: on}`.
enum FlowFields {
    /// `KEY: VALUE` each; nil when brackets or quotes do not match, or a part is no `KEY: VALUE`.
    static func split(_ text: String) -> [String]? {
        var (parts, part, brackets, quote) = ([String](), "", [Character](), Character?.none)
        var isEscaped = false
        for character in text {
            if let open = quote {
                if character == open, !isEscaped { quote = nil }
                isEscaped = character == "\\" && open == "\"" && !isEscaped
            } else {
                switch character {
                case "\"", "'": quote = character
                case "[": brackets.append("]")
                case "{": brackets.append("}")
                case "]", "}": guard brackets.popLast() == character else { return nil }
                case "#": return nil
                default: break
                }
            }
            if character == ",", brackets.isEmpty, quote == nil {
                parts.append(part)
                part = ""
            } else {
                part.append(character)
            }
        }
        guard brackets.isEmpty, quote == nil else { return nil }
        parts.append(part)
        let trimmed = parts.map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        return trimmed.allSatisfy { $0.contains(": ") } ? trimmed : nil
    }
}
