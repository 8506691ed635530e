/// What an event's point was worth. It stands by itself: who receives only the event needs no dictionary to read it.
package enum AlarmValue: Hashable, Sendable {
    /// No usable value, or none that belongs to the alarm.
    case none
    case bool(Bool)
    case number(DecimalNumber)

    package func write(to json: inout JSONWriter) {
        switch self {
        case .none: json.null()
        case .bool(let value): json.bool(value)
        case .number(let value): json.decimal(value)
        }
    }
}

/// An alarm was raised or cleared. `(epoch, sequence, index in the batch)` names the event for ever, `(id, episode)` the
/// span from its being raised to its being cleared.
package struct AlarmEvent: Hashable, Sendable {
    package var id: String
    /// Rises with each episode of the same alarm, from 1, not always by one.
    package var episode: Int64
    /// False: cleared.
    package var isRaised: Bool
    package var severity: AlarmSeverity
    package var time: BootTime
    /// The point that the condition names first: who may not see it does not see the event. nil: a `comm:` alarm.
    package var point: PointIndex?
    /// That point's value at the time.
    package var value: AlarmValue

    package init(
        id: String, episode: Int64, isRaised: Bool, severity: AlarmSeverity, time: BootTime, point: PointIndex? = nil,
        value: AlarmValue = .none
    ) {
        self.id = id
        self.episode = episode
        self.isRaised = isRaised
        self.severity = severity
        self.time = time
        self.point = point
        self.value = value
    }

    package var stateName: String { isRaised ? "raised" : "cleared" }
}
