/// One file that is being read, and where its problems go.
struct FileContext {
    let file: String
    let log: ProblemLog

    func error(_ position: TextPosition, _ message: String) {
        log.add(Problem(file: file, position: position, severity: .error, message: message))
    }

    func warning(_ position: TextPosition, _ message: String) {
        log.add(Problem(file: file, position: position, severity: .warning, message: message))
    }

    /// ` (did you mean "x"?)`, or nothing. In a file that is wrong all over, only the first problems get one: looking
    /// for likeness takes time.
    func hint(_ name: String, among candidates: some Sequence<String>) -> String {
        nearest(name, among: candidates).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    func nearest(_ name: String, among candidates: some Sequence<String>) -> String? {
        log.count < 200 ? NearestName.of(name, among: candidates) : nil
    }

    /// `a, b, c`, cut after 30 names.
    static func list(_ names: some Collection<String>) -> String {
        let limit = 30
        let shown = names.prefix(limit).joined(separator: ", ")
        return names.count > limit ? "\(shown), and \(names.count - limit) more" : shown
    }

    /// Text of the file as it is quoted in a message: one line, at most 60 characters.
    static func quoted(_ text: String) -> String {
        let limit = 60
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            shown.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return "\"\(shown)\(text.unicodeScalars.count > limit ? "..." : "")\""
    }
}
