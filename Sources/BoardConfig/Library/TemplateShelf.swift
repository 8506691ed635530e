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

    /// The template's name that is most like `word`.
    package func nearest(to word: String) -> String? {
        NearestName.of(word, among: TemplateLibrary(directories: directories, log: ProblemLog()).names(.devices))
    }
}
