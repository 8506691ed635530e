import ArgumentParser
import BoardConfig

struct TemplatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "templates",
        abstract: "Lists, searches and shows the device templates.",
        discussion: """
            Without a word: all templates. With the name of one: its points, sources and notes. With any other word: the \
            templates that have it in their name, vendor, category or points.

            EXAMPLES:
              gatewayctl templates
              gatewayctl templates pump
              gatewayctl templates tuf-2000m
            """)

    @Option(
        name: .customLong("library"),
        help: ArgumentHelp("Look for templates here, and nowhere else; may be repeated.", valueName: "dir"),
        completion: .directory)
    var libraries: [String] = []

    @Argument(help: "A template's name, or a word to search for.")
    var word: String?

    func run() throws {
        let directories = libraries.isEmpty ? LibraryDirectories.standard(configFile: "./-") : libraries
        let shelf = TemplateShelf(directories: directories)
        let (templates, problems) = shelf.all()
        for problem in problems { print(problem) }
        if let word, let one = templates.first(where: { $0.name == word }) {
            print(TemplateText.page(one), terminator: "")
            return
        }
        let found = templates.filter { template in word.map { TemplateText.matches(template, $0) } ?? true }
        guard !found.isEmpty else {
            let hint = word.flatMap { shelf.nearest(to: $0) }.map { " (did you mean \"\($0)\"?)" } ?? ""
            let what = word.map { "no template has \"\($0)\"\(hint)" } ?? "no templates"
            StandardError.write("\(what); looked in \(directories.joined(separator: ", "))")
            throw ExitCode.failure
        }
        print(TemplateText.list(found), terminator: "")
    }
}
