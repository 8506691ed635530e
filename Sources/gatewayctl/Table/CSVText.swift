/// Writes a CSV file as spreadsheets read it.
struct CSVText {
    let separator: Character
    private(set) var text = ""

    init(separator: Character = ",") { self.separator = separator }

    mutating func add(_ cells: [String]) {
        text += cells.map(cell).joined(separator: String(separator)) + "\r\n"
    }

    private func cell(_ text: String) -> String {
        // A spreadsheet makes 161 of 000000000161, and 1.1E+11 of 112233445566.
        if text.utf8.count > 1, text.first == "0" || text.utf8.count > 11, text.allSatisfy(\.isWholeNumber) {
            return "\"=\"\"\(text)\"\"\""
        }
        let needsQuotes = text.unicodeScalars.contains { scalar in
            scalar == "\"" || scalar == "," || scalar == ";" || scalar == "\t" || scalar == "\n" || scalar == "\r"
        }
        return needsQuotes
            ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
            : text
    }
}
