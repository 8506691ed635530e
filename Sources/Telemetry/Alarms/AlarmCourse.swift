internal import GatewayModel

/// One alarm's life: idle, its delay running, raised.
struct AlarmCourse: Hashable, Sendable {
    /// The episode that lasts, or the next one.
    var episode: Int64 = 1
    private(set) var isRaised = false
    /// nil: raised before this start, or not raised.
    private(set) var raisedAt: BootTime?
    /// It was raised in this run.
    private(set) var hasActed = false
    /// What the rule's condition is now; nil: it cannot be told.
    var cause: Bool?
    /// Whether a raised alarm is to be cleared; nil: it cannot be told.
    var isOver: Bool?
    /// How much of the delay has passed.
    private var passed: Nanoseconds = 0
    /// Up to when `passed` counts while it grows.
    private var countedTo: BootTime?
    /// Of this episode, the delay that may be durable.
    private var told: Nanoseconds = 0
    private var taken = AlarmMemory()

    /// What suppresses others: it is raised and stays so, or would be.
    var isActive: Bool { isRaised && isOver != true || cause == true }
    /// Time alone can change something.
    var isCounting: Bool { countedTo != nil }

    /// - Returns: the episode that was begun or ended; nil: neither.
    mutating func advance(to now: BootTime, delay: Nanoseconds, isSuppressed: Bool) -> Int64? {
        if isRaised {
            guard isOver == true else { return nil }
            let ended = episode
            (isRaised, raisedAt) = (false, nil)
            nextEpisode()
            return ended
        }
        if let from = countedTo { passed += max(0, now - from) }
        countedTo = nil
        if isSuppressed || cause == false {
            // A delay that may be durable must not be taken for the next one's.
            if told > 0 { nextEpisode() }
            passed = 0
            return nil
        }
        guard cause == true else { return nil }
        guard passed >= delay else {
            countedTo = now
            return nil
        }
        (isRaised, raisedAt, passed, hasActed) = (true, now, 0, true)
        return episode
    }

    private mutating func nextEpisode() {
        episode += 1
        (passed, told) = (0, 0)
    }

    /// nil: nothing has changed since the last call.
    mutating func takeMemory() -> AlarmMemory? {
        let memory = AlarmMemory(
            episode: episode, isRaised: isRaised, passed: passed / .milliseconds(1) * .milliseconds(1))
        guard memory != taken else { return nil }
        taken = memory
        told = max(told, memory.passed)
        return memory
    }

    mutating func forgetTaken() { taken = AlarmMemory() }

    /// Takes over what the store knows. If this run has begun episodes of its own meanwhile, the higher number goes on:
    /// a clock that was set back has made them low, and what is kept only rises.
    ///
    /// - Returns: a raised episode that ends thereby.
    mutating func restore(_ memory: AlarmMemory) -> Int64? {
        let own = AlarmMemory(episode: episode, isRaised: isRaised)
        if hasActed, own.number > memory.number { return memory.isRaised ? memory.episode : nil }
        (episode, isRaised, raisedAt) = (max(memory.episode, 1), memory.isRaised, nil)
        (passed, told, countedTo) = (memory.passed, memory.passed, nil)
        // It has waited already: unless its cause has gone it is raised at once, under the number that is kept.
        if own.isRaised, !isRaised { passed = .seconds(86_400) }
        taken = memory
        return own.isRaised && own.episode != episode ? own.episode : nil
    }
}
