/// A place in a text file: line and column from 1, the column in characters as editors count them.
package struct TextPosition: Comparable, Hashable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Where problems of a whole file are reported.
    package static let start = TextPosition(line: 1, column: 1)

    package static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}
