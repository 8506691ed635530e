/// The device templates of some directories, for looking at.
package struct TemplateShelf: Sendable {
    private let directories: [String]

    package init(directories: [String]) { self.directories = directories }

    /// Every sound template by name, and what is wrong with the others.
    package func all() -> (templates: [DeviceTemplate], problems: [Problem]) {
        let log = ProblemLog()
        let library = TemplateLibrary(directories: directories, log: log)
        let templates = library.names(.devices).compactMap { name -> DeviceTemplate? in
            guard case .success(let template) = library.template(name) else { return nil }
            return template
        }
        return (templates, log.sorted)
    }

    /// The sound boards of these directories, with the names of their ports for devices, in order.
    package func boards() -> [(name: String, ports: [String])] {
        let log = ProblemLog()
        let library = TemplateLibrary(directories: directories, log: log)
        return library.names(.boards).compactMap { name in
            guard case .success(let path) = library.find(name, .boards), let board = BoardFile.load(path, log) else {
                return nil
            }
            return (name, board.ports.map(\.name).filter { $0 != "console" })
        }
    }

    /// The template's name that is most like `word`.
    package func nearest(to word: String) -> String? {
        NearestName.of(word, among: TemplateLibrary(directories: directories, log: ProblemLog()).names(.devices))
    }
}
