internal import GatewayModel

/// What ModemManager knows of the modem, asked by its own tool: the daemon links no D-Bus.
struct ModemTool: Sendable {
    var path = "/usr/bin/mmcli"
    /// It answers within tens of milliseconds; behind a manager that hangs it would wait for 30 s.
    var patience: Nanoseconds = .seconds(2)

    /// Percent, as the modem's own bars; nil: no ModemManager, no modem, or none that tells. Blocks for up to `patience`.
    func signal() -> Int64? {
        let tool = OtherProgram(path: path, arguments: ["-m", "any", "-K"], patience: patience, mostBytes: 16 << 10)
        return tool.output().flatMap { Self.signal(in: String(decoding: $0, as: UTF8.self)) }
    }

    /// Lines of `mmcli --output-keyvalue`: `modem.generic.signal-quality.value : 67`.
    static func signal(in text: String) -> Int64? {
        let key = "modem.generic.signal-quality.value"
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            let rest = line.dropFirst(key.count).drop { $0 == " " }
            guard rest.first == ":", let percent = Int64(String(rest.dropFirst().filter { $0 != " " })),
                (0...100).contains(percent)
            else { return nil }
            return percent
        }
        return nil
    }
}
