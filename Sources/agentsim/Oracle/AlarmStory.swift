internal import GatewayModel
internal import Telemetry

/// What one receiver was told of alarms: each event under one key only, and at the end what the gateway says too.
struct AlarmStory {
    private struct Episode: Hashable {
        var id: String
        var number: Int64
    }

    private struct Course {
        /// In a batch of the store.
        var raised = 0, cleared = 0
        /// From memory: a cut may have taken what came of it.
        var raisedFromMemory = false, clearedFromMemory = false
        /// Its newest event.
        var boot = 0, time = BootTime(nanoseconds: 0)

        var isOpen: Bool { (raised > 0 || raisedFromMemory) && cleared == 0 && !clearedFromMemory }
    }

    /// Courses that are remembered: several days'. Beyond, half of those that are over are forgotten, the oldest first.
    private static let limit = 4_096

    private var courses: [Episode: Course] = [:]
    private(set) var count = 0

    /// The events of a batch that came for the first time.
    mutating func note(_ events: [AlarmEvent], _ key: BatchKey, boot: Int, complain: (String) -> Void) {
        for event in events {
            count += 1
            let episode = Episode(id: event.id, number: event.episode)
            var course = courses[episode] ?? Course()
            switch (event.isRaised, key.epoch.isVolatile) {
            case (true, false): course.raised += 1
            case (false, false): course.cleared += 1
            case (true, true): course.raisedFromMemory = true
            case (false, true): course.clearedFromMemory = true
            }
            if max(course.raised, course.cleared) > 1 {
                complain("\(event.id) \(event.stateName) as episode \(event.episode) under a second key")
            }
            if (course.boot, course.time) < (boot, event.time) { (course.boot, course.time) = (boot, event.time) }
            courses[episode] = course
        }
        if courses.count > Self.limit { forget() }
    }

    private mutating func forget() {
        let over = courses.filter { !$1.isOpen }.sorted {
            ($0.value.boot, $0.value.time) < ($1.value.boot, $1.value.time)
        }
        for (episode, _) in over.prefix(over.count / 2) { courses[episode] = nil }
    }

    /// After everything was drained: alarms that stand at the gateway in another way than the receiver knows.
    ///
    /// - Parameter time: of the present boot; what happened later may still be on its way.
    func differences(from active: [AlarmEngine.Active], boot: Int, before time: BootTime) -> [String] {
        let raised = Set(active.map { Episode(id: $0.id, number: $0.episode) })
        var found: [String] = []
        for alarm in active where alarm.since.map({ $0 < time }) ?? true {
            guard courses[Episode(id: alarm.id, number: alarm.episode)]?.isOpen != true else { continue }
            found.append("\(alarm.id), episode \(alarm.episode), is raised, and the receiver does not know")
        }
        for (episode, course) in courses where course.isOpen && course.raised > 0 && !raised.contains(episode) {
            guard course.boot < boot || course.time < time else { continue }
            found.append("\(episode.id), episode \(episode.number), is not raised, and the receiver does not know")
        }
        return found.sorted()
    }
}
