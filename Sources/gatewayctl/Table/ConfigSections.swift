/// A config file's text by its sections, to put another one in the place of one of them. All else stays as it is, byte by
/// byte, comments too.
struct ConfigSections {
    private let lines: [Substring]
    /// Of Windows, when the file has any such.
    private let lineEnd: String

    init(_ text: String) {
        lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The file with `section` in place of the one that begins with `key:`, or before the first of `followers` where there
    /// is none; and the lines, from 1, that the new section has.
    func replacing(_ key: String, with section: [String], before followers: [String]) -> (
        text: String, lines: Range<Int>
    ) {
        let range = self.range(of: key) ?? place(before: followers)
        let whole = lines[..<range.lowerBound] + section.map { Substring($0) } + lines[range.upperBound...]
        let first = range.lowerBound + 1
        return (whole.joined(separator: lineEnd), first..<(first + section.count))
    }

    /// From the key's line to the last line of its value; comments before the next key are the next key's.
    private func range(of key: String) -> Range<Int>? {
        guard let start = lines.firstIndex(where: { begins($0, key) }) else { return nil }
        var end = lines[(start + 1)...].firstIndex(where: isKey) ?? lines.count
        while end > start + 1, isRemark(lines[end - 1]) { end -= 1 }
        return start..<end
    }

    private func place(before followers: [String]) -> Range<Int> {
        var index = lines.firstIndex { line in followers.contains { begins(line, $0) } } ?? lines.count
        while index > 0, index < lines.count, lines[index - 1].hasPrefix("#") { index -= 1 }
        if index == lines.count, lines.last?.isEmpty == true { index -= 1 }
        return index..<index
    }

    private func begins(_ line: Substring, _ key: String) -> Bool { line.hasPrefix(key + ":") }

    /// A line that a value cannot have: it begins at the margin and is neither an item nor a remark.
    private func isKey(_ line: Substring) -> Bool {
        guard let first = line.first else { return false }
        return ![" ", "\t", "#", "-"].contains(first)
    }

    private func isRemark(_ line: Substring) -> Bool {
        line.hasPrefix("#") || line.allSatisfy { $0 == " " }
    }
}
