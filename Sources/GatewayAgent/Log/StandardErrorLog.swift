internal import GatewayModel
internal import Glibc
package import Logging
internal import Synchronization

/// Log lines on stderr: `2026-11-21T07:11:23.120Z info bus.meters: heat-meter answers again silent=312s`.
///
/// Under systemd (JOURNAL_STREAM is set) the time is left to the journal and each line begins with its priority
/// (sd-daemon(3): `<3>` error ... `<7>` debug). All handlers share one ``LogBudget``.
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String

    private static let budget = Mutex(LogBudget())
    private static let underJournal = getenv("JOURNAL_STREAM") != nil

    package init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    package func log(event: LogEvent) {
        guard let heldBack = Self.budget.withLock({ $0.spend(at: SystemTime().bootTime()) }) else { return }
        var line = ""
        if heldBack > 0 { line += Self.prefix(.warning) + "log: \(heldBack) lines held back (20 lines/s)\n" }
        line += Self.prefix(event.level) + label + ": " + event.message.description
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(Self.quoted(value.description))" }
        line += "\n"
        let bytes = Array(line.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, bytes.count) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private static func prefix(_ level: Logger.Level) -> String {
        if underJournal { return "<\(priority(level))>" }
        return UTCText.text(SystemTime().realTime()) + " \(level) "
    }

    private static func priority(_ level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// Values with spaces are put in quotes, line ends become spaces: one line stays one line.
    private static func quoted(_ value: String) -> String {
        let flat = String(value.map { $0.isNewline ? " " : $0 })
        return flat.contains(" ") ? "\"\(flat)\"" : flat
    }
}
