import Glibc
import SerialLine

/// The pair of wires: who drives it when, and which level stands on it at any moment.
///
/// Everything is a function of time and of the seed, so it may be looked at as often as one likes, also a little ahead.
struct Wire: Sendable {
    let condition: WireCondition
    let chance: Chance
    /// Sorted by start.
    private(set) var emissions: [Emission] = []
    /// A machine runs and interferes: as the line's thread sees the signal.
    var isInterfered = false
    private var nextSerial: UInt64 = 1

    /// How many emissions are kept, and for how long after their end.
    static let capacity = 128
    static let memory: Nanoseconds = 250_000_000

    init(_ condition: WireCondition, seed: UInt64) {
        self.condition = condition
        chance = Chance(seed: seed)
    }

    /// Puts a driver on the line; the serial number names it from then on.
    mutating func add(
        _ bytes: [UInt8], at start: Nanoseconds, _ settings: SerialSettings, isInverted: Bool,
        by sender: Emission.Sender
    ) -> UInt64 {
        let emission = Emission(
            serial: nextSerial, start: start, bytes: bytes, settings: settings, isInverted: isInverted, sender: sender)
        nextSerial += 1
        emissions.insert(emission, at: emissions.firstIndex { $0.start > start } ?? emissions.endIndex)
        return emission.serial
    }

    /// Bytes that follow without a gap.
    mutating func append(_ bytes: [UInt8], to serial: UInt64) {
        guard let index = emissions.firstIndex(where: { $0.serial == serial }) else { return }
        emissions[index].bytes += bytes
    }

    mutating func removeAll() { emissions = [] }

    /// Forgets what is long over and met nothing that is still on the line.
    mutating func forget(before now: Nanoseconds) {
        let oldest = emissions.lazy.filter { $0.end >= now }.map(\.start).min() ?? now
        emissions.removeAll { $0.end < min(now, oldest) - Self.memory }
        if emissions.count > Self.capacity { emissions.removeFirst(emissions.count - Self.capacity) }
    }

    subscript(serial: UInt64) -> Emission? { emissions.first { $0.serial == serial } }

    /// True when another driver is on at some moment of it.
    func isMixed(_ serial: UInt64) -> Bool {
        guard let emission = self[serial] else { return false }
        return emissions.contains {
            $0.serial != serial && $0.start < emission.end && emission.start < $0.end
        }
    }

    /// A moment before `time` from which on a receiver hears all that runs into it without `silence` between.
    func quietMoment(before time: Nanoseconds, silence: Nanoseconds) -> Nanoseconds {
        var moment = time - silence - 3_000_000
        // Emissions in front of it may overlap in chains; each pass goes back by at least one.
        while let earlier = emissions.first(where: { $0.start < moment && $0.end > moment - silence }) {
            moment = earlier.start
        }
        return moment
    }

    /// True is mark. Reflections come on top: ``sample(at:)``.
    func level(at time: Nanoseconds) -> Bool {
        if let noise = disturbance(at: time)?.level(at: time) { return noise }
        var driven: Bool?
        var last: Emission?
        for emission in emissions where emission.start <= time {
            guard let level = emission.level(at: time) else {
                if emission.end > last?.end ?? .min { last = emission }
                continue
            }
            if let other = driven, other != level { return contended(at: time) }
            driven = level
        }
        if let driven { return driven }
        guard !condition.isBiased, let last, let noise = Disturbance.floating(after: last, chance) else { return true }
        return noise.level(at: time) ?? true
    }

    /// The level that a receiver takes then: an edge that is not long past still rings on a line without termination.
    func sample(at time: Nanoseconds) -> Bool {
        let level = level(at: time)
        guard !condition.isTerminated, let driver = emissions.last(where: { $0.isOn(at: time) }) else { return level }
        let age = Double(time - driver.lastEdge(before: time))
        let margin = 1 - 1.6 * exp(-age / condition.reflectionTime)
        let noise = 0.2 * chance.normal(driver.serial, UInt64(driver.bit(at: time)), 21)
        return margin + noise > 0 ? level : !level
    }

    /// The next moment at which the level may be another one; nil: it stays.
    func nextChange(after time: Nanoseconds) -> Nanoseconds? {
        var next = disturbance(at: time)?.nextChange(after: time) ?? nextDisturbance(after: time)
        var last: Emission?
        for emission in emissions {
            if let change = emission.nextChange(after: time) { next = min(next ?? change, change) }
            if emission.end <= time, emission.end > last?.end ?? .min { last = emission }
        }
        if !condition.isBiased, let last, let noise = Disturbance.floating(after: last, chance),
            let change = noise.nextChange(after: time)
        {
            next = min(next ?? change, change)
        }
        return next
    }

    /// Two drivers against each other: which of them wins differs from one bit to the next.
    private func contended(at time: Nanoseconds) -> Bool {
        var name: UInt64 = 0
        for emission in emissions where emission.isOn(at: time) {
            name = name &* 31 &+ emission.serial &* 1_000_003 &+ UInt64(emission.bit(at: time))
        }
        return chance.bits(name, 31) & 1 == 1
    }

    // Interference

    private func disturbance(at time: Nanoseconds) -> Disturbance? {
        guard isInterfered, let interference = condition.interference else { return nil }
        let burst = Disturbance.burst(time / interference.every, of: interference, chance)
        return time >= burst.start && time < burst.end ? burst : nil
    }

    /// When interference strikes next.
    func nextDisturbance(after time: Nanoseconds) -> Nanoseconds? {
        guard isInterfered, let interference = condition.interference else { return nil }
        let number = time / interference.every
        return [number, number + 1].lazy.map { Disturbance.burst($0, of: interference, chance).start }
            .first { $0 > time }
    }

    /// Until when a line without bias floats after the last driver; nil: it does not.
    func floatingEnd() -> Nanoseconds? {
        guard !condition.isBiased, let last = emissions.max(by: { $0.end < $1.end }) else { return nil }
        return Disturbance.floating(after: last, chance)?.end
    }

    /// True when noise falls into the span.
    func isDisturbed(from: Nanoseconds, to: Nanoseconds) -> Bool {
        if disturbance(at: from) != nil { return true }
        if let next = nextDisturbance(after: from), next < to { return true }
        guard !condition.isBiased else { return false }
        return emissions.contains { emission in
            guard emission.end <= to, let noise = Disturbance.floating(after: emission, chance) else { return false }
            return noise.start < to && noise.end > from
        }
    }
}
