import Foundation

/// Turns a scenario file into a checked ``Scenario``; the first thing that is wrong ends it.
struct ScenarioReader {
    private(set) var signals: [SignalDefinition] = []
    private(set) var signalIndex: [String: Int] = [:]
    private var models: [String: [String: JSONTree]] = [:]

    /// Throws ``ScenarioError``.
    static func read(file: String) throws -> Scenario {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw ScenarioError(path: "", problem: "cannot be read")
        }
        return try read(data)
    }

    static func read(_ data: Data) throws -> Scenario {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        let tree: JSONTree
        do {
            tree = try decoder.decode(JSONTree.self, from: data)
        } catch DecodingError.dataCorrupted(let context) {
            let cause = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
            throw ScenarioError(path: "", problem: "not JSON5: \(cause ?? context.debugDescription)")
        }
        var reader = ScenarioReader()
        return try reader.scenario(ScenarioNode(tree: tree, path: "").object())
    }

    private mutating func scenario(_ root: ScenarioObject) throws(ScenarioError) -> Scenario {
        var root = root
        let name = try root.need("name").text()
        let seed = try root.take("seed")?.integer(in: 0...Int.max) ?? 1
        let tick = try root.take("tick")?.duration() ?? 100_000_000
        guard tick >= 1_000_000 else { throw root.failure("'tick' must be at least 1ms") }
        try readSignals(root.take("signals")?.list() ?? [])
        for (id, model) in try root.take("models")?.members() ?? [] { models[id] = try model.object().all }
        var buses = try root.need("buses").list().map { node throws(ScenarioError) in try bus(node) }
        guard !buses.isEmpty else { throw root.failure("'buses' is empty") }
        guard Set(buses.map(\.id)).count == buses.count else { throw root.failure("two buses with one id") }
        for node in try root.need("devices").list() { try readDevice(node, into: &buses) }
        for node in try root.take("faults")?.list() ?? [] { try readFault(node, into: &buses) }
        try root.finish()
        return Scenario(name: name, seed: UInt64(seed), tick: tick, signals: signals, buses: buses)
    }

    /// The fields of a device, those of its model beneath.
    func extended(_ object: ScenarioObject) throws(ScenarioError) -> ScenarioObject {
        var object = object
        guard let node = object.take("model") else { return object }
        let name = try node.text()
        guard let model = models[name] else { throw node.failure("no model '\(name)'") }
        return object.over(model)
    }

    /// Adds a signal under a name, or under none when it stands inside a point.
    mutating func add(_ signal: SignalDefinition) -> Int {
        signals.append(signal)
        return signals.count - 1
    }

    mutating func name(_ index: Int, _ id: String) { signalIndex[id] = index }
}
