/// What is wrong with a scenario, and where: `devices[2].points[0].encode: ...`.
struct ScenarioError: Error, CustomStringConvertible {
    var path: String
    var problem: String

    var description: String { path.isEmpty ? problem : "\(path): \(problem)" }
}
