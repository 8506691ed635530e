/// One thing that is wrong, or doubtful, in one of the files that were read.
package struct Problem: Hashable, Sendable {
    package enum Severity: String, Sendable {
        /// Nothing starts with this file.
        case error
        /// The file is used all the same.
        case warning
    }

    /// As the caller named it; of a template or board file, the path under which it was found.
    package var file: String
    package var position: TextPosition
    package var severity: Severity
    /// What is wrong, what was expected, and the nearest valid name when there is one.
    package var message: String

    package init(file: String, position: TextPosition, severity: Severity, message: String) {
        self.file = file
        self.position = position
        self.severity = severity
        self.message = message
    }
}

extension Problem: CustomStringConvertible {
    /// `FILE:LINE:COL: error: MESSAGE`, the form that editors and CI systems parse.
    package var description: String {
        "\(file):\(position.line):\(position.column): \(severity.rawValue): \(message)"
    }
}
