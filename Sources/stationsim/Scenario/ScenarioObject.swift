/// An object of the scenario file, taken key by key; what nobody took is a spelling mistake.
struct ScenarioObject {
    private let members: [String: JSONTree]
    private var asked: Set<String> = []
    let path: String

    init(members: [String: JSONTree], path: String) {
        self.members = members
        self.path = path
    }

    func failure(_ problem: String) -> ScenarioError { ScenarioError(path: path, problem: problem) }

    var all: [String: JSONTree] { members }

    /// nil when the key is absent.
    mutating func take(_ key: String) -> ScenarioNode? {
        asked.insert(key)
        return members[key].map { ScenarioNode(tree: $0, path: path.isEmpty ? key : "\(path).\(key)") }
    }

    mutating func need(_ key: String) throws(ScenarioError) -> ScenarioNode {
        guard let node = take(key) else { throw failure("'\(key)' is missing") }
        return node
    }

    /// To be called last: complains about keys that were never asked for.
    func finish() throws(ScenarioError) {
        let unknown = members.keys.filter { !asked.contains($0) }.sorted()
        guard let first = unknown.first else { return }
        throw failure("'\(first)' is unknown here; known are \(asked.sorted().joined(separator: ", "))")
    }

    /// This object's members over those of `base`: how a device extends its model. Their points are joined.
    func over(_ base: [String: JSONTree]) -> ScenarioObject {
        var merged = base.merging(members) { _, own in own }
        if case .array(let beneath) = base["points"], case .array(let own) = members["points"] {
            merged["points"] = .array(beneath + own)
        }
        return ScenarioObject(members: merged, path: path)
    }
}
