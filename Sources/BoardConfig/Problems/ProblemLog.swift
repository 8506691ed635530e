/// Gathers the problems of one reading, of all its files. Bounded by the size limits of the files themselves.
final class ProblemLog {
    private var problems: [Problem] = []
    private var seen: Set<Problem> = []
    /// Files in the order in which they were first named: the config itself, then what it refers to.
    private var order: [String: Int] = [:]
    /// Of the config itself.
    var places = ConfigPlaces()

    /// Says the same thing about the same place only once (an aliased node is read at each of its places).
    func add(_ problem: Problem) {
        guard seen.insert(problem).inserted else { return }
        if order[problem.file] == nil { order[problem.file] = order.count }
        problems.append(problem)
    }

    /// Puts a file before all that are named later, whether or not it has problems.
    func begin(file: String) {
        if order[file] == nil { order[file] = order.count }
    }

    var count: Int { problems.count }

    var hasErrors: Bool { problems.contains { $0.severity == .error } }

    func hasErrors(in file: String) -> Bool { problems.contains { $0.severity == .error && $0.file == file } }

    /// By file, line and column; in the order of finding where those are the same.
    var sorted: [Problem] {
        problems.enumerated().sorted { a, b in
            let (x, y) = (a.element, b.element)
            let (i, j) = (order[x.file] ?? 0, order[y.file] ?? 0)
            if i != j { return i < j }
            if x.position != y.position { return x.position < y.position }
            return a.offset < b.offset
        }.map(\.element)
    }
}
