package enum AlarmSeverity: UInt8, CaseIterable, Sendable {
    case critical = 0
    case major = 1
    case minor = 2
    case warning = 3

    /// The word used in the config, payloads and status.
    package var name: String { "\(self)" }
}

/// One alarm as the checked configuration describes it.
package struct AlarmRule: Hashable, Sendable {
    package enum Cause: Hashable, Sendable {
        /// `clear` nil: what is not `when`.
        case condition(when: AlarmCondition, clear: AlarmCondition?)
        /// The device with these points does not answer.
        case silence(of: Range<PointIndex>)
    }

    /// An id of the config, or `comm:DEVICE`.
    package var id: String
    package var cause: Cause
    package var severity: AlarmSeverity
    /// How long the cause has to last before the alarm is raised, 0 ... 1 day; 0: at once.
    package var delay: Nanoseconds
    /// The rule that keeps this one from being raised while its own cause lasts: its place in the list of all rules.
    package var suppressor: Int?

    package init(
        id: String, cause: Cause, severity: AlarmSeverity, delay: Nanoseconds = 0, suppressor: Int? = nil
    ) {
        self.id = id
        self.cause = cause
        self.severity = severity
        self.delay = delay
        self.suppressor = suppressor
    }

    /// The rule of a device that does not answer: `comm:DEVICE`.
    package static func silenceID(of device: String) -> String { silencePrefix + device }
    package static let silencePrefix = "comm:"
    /// What a `comm:` alarm is unless the config says otherwise. A lost frame is asked for again well before.
    package static let silenceSeverity = AlarmSeverity.major
    package static let silenceDelay = Nanoseconds.seconds(60)
}
