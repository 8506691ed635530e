/// A file of comma-separated values (RFC 4180), as spreadsheets write it: UTF-8 with or without a mark at its start;
/// commas, semicolons or tabs between cells; CR LF or LF.
struct CSVTable: Equatable {
    struct Cell: Equatable {
        /// Without quotes and without blanks around it.
        var text: String
        /// From 1; in characters.
        var line: Int
        var column: Int
    }

    struct Fault: Error, Equatable {
        var line: Int
        var column: Int
        var message: String
    }

    static let most = (bytes: 4 << 20, rows: 25_000, cells: 64, characters: 4_096)

    var separator: Unicode.Scalar
    /// Rows that have anything in them, the head first; lines that begin with `#` are left out.
    var rows: [[Cell]]

    init(_ bytes: [UInt8]) throws(Fault) {
        let text = try Self.text(bytes)
        var reader = CSVReader(text)
        separator = reader.separator
        rows = []
        while let row = try reader.row() {
            let isComment = row.first?.text.hasPrefix("#") == true
            guard !isComment, row.contains(where: { !$0.text.isEmpty }) else { continue }
            guard rows.count < Self.most.rows else {
                throw Fault(line: row[0].line, column: 1, message: "more than \(Self.most.rows) rows")
            }
            rows.append(row)
        }
    }

    private static func text(_ bytes: [UInt8]) throws(Fault) -> [Unicode.Scalar] {
        guard bytes.count <= most.bytes else {
            throw Fault(line: 1, column: 1, message: "\(bytes.count) bytes, expected at most \(most.bytes)")
        }
        let form = "save it as \"CSV UTF-8\""
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Fault(line: 1, column: 1, message: "this is UTF-16; \(form)")
        }
        let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let body = bytes[mark...]
        if let text = String(validating: body, as: UTF8.self) { return Array(text.unicodeScalars) }
        var line = 1
        for part in body.split(separator: 10, omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { break }
            line += 1
        }
        throw Fault(line: line, column: 1, message: "not UTF-8 (GBK from a spreadsheet?); \(form)")
    }
}

/// Takes rows off the characters of a CSV file.
struct CSVReader {
    let separator: Unicode.Scalar
    private let text: [Unicode.Scalar]
    private var at = 0
    private var line = 1
    /// Where the line begins.
    private var start = 0

    init(_ text: [Unicode.Scalar]) {
        self.text = text
        // A first line `sep=;` tells Excel, and us.
        let end = text.firstIndex(of: "\n") ?? text.count
        let first = text[..<end].filter { $0 != "\r" }
        if first.count == 5, first.starts(with: "sep=".unicodeScalars), ",;\t".unicodeScalars.contains(first[4]) {
            separator = first[4]
            at = min(end + 1, text.count)
            (line, start) = (2, at)
        } else {
            separator = Self.separator(of: text)
        }
    }

    /// The one that the first line has most of.
    private static func separator(of text: [Unicode.Scalar]) -> Unicode.Scalar {
        var counts: [Unicode.Scalar: Int] = [:]
        var isQuoted = false
        for scalar in text {
            if scalar == "\"" { isQuoted.toggle() }
            if scalar == "\n", !isQuoted { break }
            if !isQuoted { counts[scalar, default: 0] += 1 }
        }
        var best: Unicode.Scalar = ","
        for other in [";", "\t"] as [Unicode.Scalar] where counts[other, default: 0] > counts[best, default: 0] {
            best = other
        }
        return best
    }

    /// nil: the end.
    mutating func row() throws(CSVTable.Fault) -> [CSVTable.Cell]? {
        guard at < text.count else { return nil }
        var cells: [CSVTable.Cell] = []
        while true {
            let (cell, isLast) = try cell()
            guard cells.count < CSVTable.most.cells else {
                throw .init(line: cell.line, column: cell.column, message: "more than \(CSVTable.most.cells) cells")
            }
            cells.append(cell)
            if isLast { return cells }
        }
    }

    private mutating func cell() throws(CSVTable.Fault) -> (CSVTable.Cell, isLast: Bool) {
        let place = (line: line, column: at - start + 1)
        func fault(_ message: String) -> CSVTable.Fault {
            .init(line: place.line, column: place.column, message: message)
        }
        let begin = at
        var content = String.UnicodeScalarView()
        var (isQuoted, wasQuoted) = (false, false)
        while at < text.count {
            let scalar = text[at]
            if scalar == "\n" {
                guard isQuoted else { break }
                (line, start) = (line + 1, at + 1)
            } else if scalar == separator, !isQuoted {
                break
            }
            at += 1
            if scalar == "\"" {
                if isQuoted, at < text.count, text[at] == "\"" {
                    at += 1
                    content.append(scalar)
                } else if isQuoted {
                    isQuoted = false
                } else if !wasQuoted, String(content).allSatisfy({ $0 == " " }) {
                    (isQuoted, wasQuoted) = (true, true)
                    content = .init()
                } else {
                    content.append(scalar)
                }
            } else {
                content.append(scalar)
            }
            guard at - begin <= CSVTable.most.characters else {
                throw fault("more than \(CSVTable.most.characters) characters in a cell")
            }
        }
        if isQuoted { throw fault("a quote that is never closed") }
        let isLast = at >= text.count || text[at] == "\n"
        if at < text.count {
            at += 1
            if isLast { (line, start) = (line + 1, at) }
        }
        let cell = CSVTable.Cell(text: Self.trimmed(String(content)), line: place.line, column: place.column)
        return (cell, isLast)
    }

    /// Without blanks around it; `="0012"`, which keeps a spreadsheet from making 12 of it, is 0012.
    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        func isBlank(_ character: Character?) -> Bool {
            character.map { $0 == " " || $0 == "\r" || $0 == "\t" } ?? false
        }
        while isBlank(text.first) { text.removeFirst() }
        while isBlank(text.last) { text.removeLast() }
        if text.hasPrefix("=\""), text.hasSuffix("\""), text.count >= 3 { text = text.dropFirst(2).dropLast() }
        return String(text)
    }
}
