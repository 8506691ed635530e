internal import GatewayModel

/// A board: what its ports, lines, lights and clock are called.
enum BoardFile {
    static func load(_ path: String, _ log: ProblemLog) -> BoardParts? {
        let context = FileContext(file: path, log: log)
        log.begin(file: path)
        do {
            guard let node = YAMLLoader.load(try ConfigFile.read(path), context) else { return nil }
            return read(node, context)
        } catch {
            context.error(.start, "cannot be read: \(error.reason)")
            return nil
        }
    }

    static func read(_ node: YAMLNode, _ context: FileContext) -> BoardParts? {
        guard let board = MappingReader(node, "board", .board, context) else { return nil }
        board.require("name", "the board's name")
        guard let name = board.identifier("name", .library) else { return nil }
        _ = board.text("source", atMost: 500)
        _ = board.text("note", atMost: 500)
        let ports = readPorts(board)
        let lines = readLines(board)
        let leds = readLEDs(board)
        let watchdog = readWatchdog(board)
        let powerFail = board.text("power_fail", atMost: 64).flatMap { name in
            if let line = lines.first(where: { $0.name == name.value }) { return line.line }
            context.error(
                name.position,
                "power_fail: no line \(FileContext.quoted(name.value)) on this board, expected one of its lines"
                    + board.context.hint(name.value, among: lines.map(\.name)))
            return nil
        }
        let clock = board.boolean("rtc")?.value ?? false
        return BoardParts(
            description: BoardDescription(
                name: name.value, hasBatteryClock: clock, watchdog: watchdog, powerFail: powerFail,
                leds: leds),
            ports: ports, lines: lines, isKnown: true)
    }

    /// `NAME: /dev/ttyS1`, or `NAME: {path: /dev/ttyS1, rs485: kernel, isolated: true, note: ...}`.
    private static func readPorts(_ board: MappingReader) -> [(name: String, path: String)] {
        var ports: [(name: String, path: String)] = []
        for entry in entries(board, "ports", "NAME: /dev/ttyS1") {
            let key = "ports.\(entry.key)"
            checkName(entry, board.context, "port")
            var path: String?
            if case .mapping = entry.value.content {
                guard let port = MappingReader(entry.value, key, .port, board.context) else { continue }
                port.require("path", "/dev/ttyS1 or the like")
                path = port.node("path").flatMap { devicePath($0, "\(key).path", board.context) }
                _ = port.choice("rs485", ["kernel", "automatic", "none"])
                _ = port.boolean("isolated")
                _ = port.text("note", atMost: 500)
            } else {
                path = devicePath(entry.value, key, board.context)
            }
            guard let path else { continue }
            if let other = ports.first(where: { $0.path == path }) {
                board.context.error(
                    entry.value.position, "\(key): \(path) is already port \(other.name), expected a path of its own")
            }
            ports.append((entry.key, path))
        }
        return ports
    }

    /// `DI1: {chip: gpiochip0, line: 3, active: low, bias: pull-up}`; `name` in place of `line` is the line's own.
    private static func readLines(_ board: MappingReader) -> [BoardLine] {
        entries(board, "lines", "NAME: {chip: gpiochip0, line: 3}").map { entry in
            let line = MappingReader(entry.value, "lines.\(entry.key)", .line, board.context)
            return (entry.key, line.flatMap(LineReading.description))
        }
    }

    /// `run: /sys/class/leds/LED`; lights by other names are the board's own business.
    private static func readLEDs(_ board: MappingReader) -> [LEDDescription] {
        let signs = BoardSign.allCases.map(\.rawValue)
        return entries(board, "leds", "run: /sys/class/leds/LED").compactMap { entry in
            let path = devicePath(entry.value, "leds.\(entry.key)", board.context)
            if let sign = BoardSign(rawValue: entry.key) { return path.map { LEDDescription(sign: sign, path: $0) } }
            board.context.warning(
                entry.keyPosition,
                "leds: \(FileContext.quoted(entry.key)) is left alone, only run, fault and uplink are driven"
                    + board.context.hint(entry.key, among: signs))
            return nil
        }
    }

    /// `/dev/watchdog0`, or `{path: /dev/watchdog0, timeout: 60s}`.
    private static func readWatchdog(_ board: MappingReader) -> WatchdogDescription? {
        guard let node = board.node("watchdog") else { return nil }
        guard case .mapping = node.content else {
            let path = devicePath(node, "watchdog", board.context)
            return path.map { WatchdogDescription(path: $0, timeout: Defaults.watchdogTimeout) }
        }
        guard let watchdog = MappingReader(node, "watchdog", .watchdog, board.context) else { return nil }
        watchdog.require("path", "/dev/watchdog0 or the like")
        let timeout = watchdog.duration("timeout", in: Bounds.watchdog)?.value ?? Defaults.watchdogTimeout
        let path = watchdog.node("path").flatMap { devicePath($0, "watchdog.path", board.context) }
        return path.map { WatchdogDescription(path: $0, timeout: timeout) }
    }

    private static func entries(_ board: MappingReader, _ key: String, _ form: String) -> [YAMLNode.Pair] {
        guard let node = board.node(key) else { return [] }
        if case .mapping(let pairs) = node.content { return pairs }
        board.context.error(node.position, "\(key): expected a mapping such as {\(form)}, found \(node.kindName)")
        return []
    }

    private static func checkName(_ entry: YAMLNode.Pair, _ context: FileContext, _ what: String) {
        guard !entry.key.hasPrefix("/"), !entry.key.isEmpty, entry.key.utf8.count <= 63 else {
            context.error(entry.keyPosition, "a \(what) named \(FileContext.quoted(entry.key)), expected a short name")
            return
        }
    }

    private static func devicePath(_ node: YAMLNode, _ key: String, _ context: FileContext) -> String? {
        guard let path = context.text(node, key) else { return nil }
        guard path.hasPrefix("/") else {
            context.error(
                node.position, "\(key): \(FileContext.quoted(path)) is no path, expected one such as /dev/ttyS1")
            return nil
        }
        return path
    }
}
