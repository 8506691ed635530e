package import GatewayModel

/// Raises and clears alarms. Pure: readings and times come as arguments, events are returned.
///
/// It sees every reading before the dead band. Readings of one moment are taken together, so that what belongs to one
/// answer is judged at once. Until ``restore(_:now:)`` or ``beginWithoutStore(at:)`` it only remembers what it sees.
package struct AlarmEngine: Sendable {
    private let book: AlarmBook
    private var values: AlarmValues
    var courses: [AlarmCourse]
    /// Rules whose condition has to be worked out again.
    private var isTouched: [Bool]
    private var mustSettle = false
    /// Of what was seen last and is not judged yet; nil: nothing.
    private var moment: BootTime?
    private var settled = BootTime(nanoseconds: 0)
    private(set) var isReady = false
    private var isRestored = false
    /// Of alarms that are not configured any more.
    private var orphans: [(key: String, number: Int64)] = []

    /// - Parameters:
    ///   - rules: at most some hundreds: each is looked at whenever something changes.
    ///   - points: by index, as in a `GatewayConfiguration`.
    package init(rules: [AlarmRule], points: [PointDefinition]) {
        book = AlarmBook(rules: rules, points: points.count)
        values = AlarmValues(points: points, wanted: book.points)
        courses = Array(repeating: AlarmCourse(), count: rules.count)
        isTouched = Array(repeating: false, count: rules.count)
    }

    /// Takes what a point is worth, after all rules of conditioning.
    /// - Returns: what happened before this reading's moment.
    package mutating func observe(
        _ point: PointIndex, at time: BootTime, quality: Quality, sample: Sample?
    ) -> [AlarmEvent] {
        let concerned = book.rules(of: point)
        guard !concerned.isEmpty else { return [] }
        let isNews = values.set(point, quality, sample)
        let silence = quality.meansSilence
        let rules = concerned.filter { rule in
            let rule = Int(rule)
            return book.isAboutSilence(rule) ? silence != nil && courses[rule].cause != silence : isNews
        }
        guard !rules.isEmpty else { return [] }
        let events = moment.map { $0 == time ? [] : settle(now: $0) } ?? []
        moment = time
        mustSettle = true
        for rule in rules.lazy.map(Int.init) {
            if book.isAboutSilence(rule) {
                courses[rule].cause = silence
                courses[rule].isOver = silence.map { !$0 }
            } else {
                isTouched[rule] = true
            }
        }
        return events
    }

    /// Judges what was seen, and what has lasted long enough by `now`. Cheap to call often.
    package mutating func settle(now: BootTime) -> [AlarmEvent] {
        moment = nil
        guard isReady, mustSettle else { return [] }
        mustSettle = false
        let now = max(now, settled)
        settled = now
        for rule in courses.indices where isTouched[rule] {
            isTouched[rule] = false
            courses[rule].cause = book.cause(of: rule, values)
            courses[rule].isOver = book.isOver(rule, values)
        }
        // Whether a suppressor is at work must not depend on the order of the rules.
        let active = courses.map(\.isActive)
        var events: [AlarmEvent] = []
        for rule in courses.indices {
            let isSuppressed = book.rules[rule].suppressor.map { active[$0] } ?? false
            if let episode = courses[rule].advance(
                to: now, delay: book.rules[rule].delay, isSuppressed: isSuppressed)
            {
                events.append(event(rule, episode, at: now))
            }
            mustSettle = mustSettle || courses[rule].isCounting
        }
        // What an event changes for others, or for its own alarm, shows the next time.
        mustSettle = mustSettle || !events.isEmpty
        return events
    }

    private func event(_ rule: Int, _ episode: Int64, at time: BootTime) -> AlarmEvent {
        let point = book.firstPoint(of: rule)
        return AlarmEvent(
            id: book.rules[rule].id, episode: episode, isRaised: courses[rule].isRaised,
            severity: book.rules[rule].severity, time: time, point: point, value: point.map(values.shown) ?? .none)
    }

    /// A raised alarm, for status.
    package struct Active: Hashable, Sendable {
        package var id: String
        package var severity: AlarmSeverity
        package var episode: Int64
        /// nil: raised before this start.
        package var since: BootTime?
    }

    package var active: [Active] {
        courses.indices.filter { courses[$0].isRaised }.map {
            Active(
                id: book.rules[$0].id, severity: book.rules[$0].severity, episode: courses[$0].episode,
                since: courses[$0].raisedAt)
        }
    }

    // MARK: - What outlives the process

    /// Memories that have changed since they were taken last, by key: to be made durable with the batch that holds the
    /// events up to now.
    package mutating func takeMemories() -> [(key: String, number: Int64)] {
        guard isReady else { return [] }
        var memories = orphans
        orphans = []
        for rule in courses.indices {
            // Without the store, one that has done nothing may be raised as far as the store knows.
            guard isRestored || courses[rule].hasActed, let memory = courses[rule].takeMemory() else { continue }
            memories.append((AlarmMemory.keyPrefix + book.rules[rule].id, memory.number))
        }
        return memories
    }

    /// What was taken may not become durable, as batches were dropped.
    /// - Parameter lost: the events in them, oldest first.
    /// - Returns: those that still say how an alarm stands; they are to be given once more.
    package mutating func forgetTaken(lost: [AlarmEvent]) -> [AlarmEvent] {
        for rule in courses.indices { courses[rule].forgetTaken() }
        return courses.indices.compactMap { rule in
            lost.last { $0.id == book.rules[rule].id }.flatMap { $0.isRaised == courses[rule].isRaised ? $0 : nil }
        }
    }

    /// Goes on where an earlier run stopped. Only the first call counts.
    ///
    /// - Parameter numbers: what was kept, by key.
    /// - Returns: the end of alarms that are not configured any more, and of episodes that go on under another number.
    package mutating func restore(_ numbers: [String: Int64], now: BootTime) -> [AlarmEvent] {
        guard !isRestored else { return [] }
        (isRestored, isReady, mustSettle) = (true, true, true)
        var events: [AlarmEvent] = []
        var rest = numbers
        for rule in courses.indices {
            let number = rest.removeValue(forKey: AlarmMemory.keyPrefix + book.rules[rule].id)
            guard let memory = number.flatMap(AlarmMemory.init), let ended = courses[rule].restore(memory) else {
                continue
            }
            events.append(
                AlarmEvent(
                    id: book.rules[rule].id, episode: ended, isRaised: false, severity: book.rules[rule].severity,
                    time: now, point: book.firstPoint(of: rule)))
        }
        for (key, number) in rest.sorted(by: { $0.key < $1.key }) where key.hasPrefix(AlarmMemory.keyPrefix) {
            guard let memory = AlarmMemory(number), memory.isRaised else { continue }
            orphans.append((key, AlarmMemory(episode: memory.episode + 1).number))
            events.append(
                AlarmEvent(
                    id: String(key.dropFirst(AlarmMemory.keyPrefix.count)), episode: memory.episode, isRaised: false,
                    severity: .warning, time: now))
        }
        return events
    }

    /// The store cannot be read: alarms work all the same, under numbers that it cannot know.
    /// - Parameter moment: UTC as far as known, so that such numbers rise from start to start.
    package mutating func beginWithoutStore(at moment: Nanoseconds) {
        guard !isReady else { return }
        (isReady, mustSettle) = (true, true)
        let seconds = max(0, moment / .seconds(1)) & (AlarmMemory.firstWithoutStore - 1)
        for rule in courses.indices { courses[rule].episode = AlarmMemory.firstWithoutStore + seconds }
    }
}

extension Quality {
    /// Whether the device did not answer; nil: it was not asked.
    fileprivate var meansSilence: Bool? {
        switch self {
        case .noReply, .checksum, .wrongAnswer, .portLost: true
        case .stale, .notYetRead, .substituted: nil
        case .good, .exception, .noValue, .outOfRange, .sensorBroken: false
        }
    }
}
