/// Finds and reads boards and device templates by name; each file is read once.
final class TemplateLibrary {
    enum Shelf: String {
        case boards, devices

        var singular: String { self == .boards ? "board" : "template" }
    }

    struct Missing: Error {
        var message: String
    }

    let directories: [String]
    private let log: ProblemLog
    /// What was found, as `boards/NAME.yaml` or `devices/NAME.yaml`, and where.
    private(set) var used: [String: String] = [:]
    /// nil: read, and faulty.
    private var templates: [String: DeviceTemplate?] = [:]

    init(directories: [String], log: ProblemLog) {
        self.directories = directories
        self.log = log
    }

    /// The path of the first file of that name. `name` has no slash: the id patterns see to that.
    func find(_ name: String, _ shelf: Shelf) -> Result<String, Missing> {
        for directory in directories {
            let path = "\(directory)/\(shelf.rawValue)/\(name).yaml"
            if ConfigFile.exists(path) {
                used["\(shelf.rawValue)/\(name).yaml"] = path
                return .success(path)
            }
        }
        let known = names(shelf)
        let what = "no \(shelf.singular) \(FileContext.quoted(name))"
        guard !known.isEmpty else {
            return .failure(
                Missing(
                    message: "\(what): no \(shelf.rawValue) in \(directories.joined(separator: ", ")), "
                        + "expected DG_BOARDCONFIGS to name the BoardConfigs directory"))
        }
        return .failure(
            Missing(
                message: "\(what), expected one of \(FileContext.list(known))"
                    + FileContext(file: "", log: log).hint(name, among: known)))
    }

    /// Every name on the shelf, in order.
    func names(_ shelf: Shelf) -> [String] {
        var names: Set<String> = []
        for directory in directories {
            names.formUnion(ConfigFile.names(in: "\(directory)/\(shelf.rawValue)", suffix: ".yaml"))
        }
        return names.filter { IdentifierPattern.library.admits($0) }.sorted()
    }

    /// nil: the template's own problems are in the log, under its own path.
    func template(_ name: String) -> Result<DeviceTemplate?, Missing> {
        if let known = templates[name] { return .success(known) }
        switch find(name, .devices) {
        case .failure(let missing): return .failure(missing)
        case .success(let path):
            let template = TemplateFile.load(path, name: name, log)
            templates[name] = .some(template)
            return .success(template)
        }
    }
}
