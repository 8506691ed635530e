import BoardConfig

/// A station that ships, under another id: to be tried without hardware.
enum ExampleStation {
    /// nil: the text has no line `gateway:` to change.
    static func text(_ example: String, id: String, name: String, broker: NewBroker?, schema: String?) -> String? {
        var lines = example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let gateway = lines.firstIndex(where: { $0.hasPrefix("gateway:") }) else { return nil }
        lines[gateway] = "gateway: {id: \(FlowText.plain(id)), name: \(FlowText.plain(name)), timezone: Asia/Shanghai}"
        if let first = lines.first, first.hasPrefix("# yaml-language-server") {
            if let schema { lines[0] = "# yaml-language-server: $schema=\(schema)" } else { lines.removeFirst() }
        }
        if let broker {
            for index in lines.indices {
                lines[index] = lines[index].replacing(
                    "host: 127.0.0.1, port: 18830",
                    with: "host: \(FlowText.plain(broker.host)), port: \(broker.port ?? 1883)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
