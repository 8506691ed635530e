/// From tallies to verdicts: first what concerns the whole line, then each device. Pure.
///
/// A line that explains its devices' trouble is named instead of them. Nothing is said before there are enough
/// requests to be sure, and nothing of a line whose answers are sound.
package struct VerdictJudge {
    /// Requests before a share is believed.
    static let leastRequests = 24
    /// Requests in a row without an answer that no noise explains, however much there is of it, and however little.
    static let surelyDead = 40
    static let leastDead = 10
    /// Of answers, spoiled: less is what lines do.
    static let tolerable = 0.02
    static let bad = 0.05

    let bus: BusCase

    package static func judge(_ bus: BusCase) -> [Verdict] {
        let judge = VerdictJudge(bus: bus)
        if let verdict = judge.mutism() { return [verdict] + judge.line(besides: verdict) }
        let line = judge.line(besides: nil)
        // Who speaks into the frames of the others explains their trouble.
        let babblers = line.contains { $0.kind == .secondMaster } ? [] : bus.devices.compactMap { judge.babbler($0) }
        var explained = Set((babblers + line).map(\.kind))
        // Late answers meet those of others.
        if bus.devices.contains(where: { judge.tooSlow($0) != nil }) { explained.insert(.tooSlow) }
        let named = Set(babblers.compactMap(\.device))
        let lines = babblers.isEmpty ? line : line.filter { !$0.kind.isNoise }
        return lines + babblers
            + bus.devices.filter { !named.contains($0.id) }.compactMap { judge.device($0, besides: explained) }
    }

    /// Two masters collide and get each other's answers, so no more is made of those.
    private func line(besides mute: Verdict?) -> [Verdict] {
        let master = secondMaster()
        return [master, echo(), mute == nil && master == nil ? quality() : nil].compactMap { $0 }
    }

    private func device(_ device: BusCase.Device, besides line: Set<Verdict.Kind>) -> Verdict? {
        if device.isSilent {
            let isCrowded = line.contains(.secondMaster)
            // Noise before requests makes devices deaf for a while; answers that came late are what they are.
            let isDeafened = line.contains { $0.deafens } && isDeafness(device.tally.failuresInARow, isCrowded)
            if isDeafened { return isCrowded ? nil : tooSlow(device) }
            return silent(device, isCrowded: isCrowded)
        }
        if let other = device.other { return changed(device, other) }
        // Answers to another master look like late and second ones.
        if line.contains(.secondMaster) { return nil }
        if let slow = tooSlow(device) { return slow }
        return sharedAddress(device) ?? (line.contains { $0.spoilsAnswers } ? nil : spoiltAtDevice(device))
    }

    /// So many failures in a row may be by what makes the others fail now and then: by chance more than once in 10,000. What
    /// another master does comes in step with the polling, so chance is no measure of it.
    private func isDeafness(_ failures: Int, _ isCrowded: Bool) -> Bool {
        guard failures >= Self.leastDead, !isCrowded else { return failures < Self.surelyDead }
        let requests = bus.healthy.reduce(0) { $0 + $1.tally.requests }
        let answers = bus.healthy.reduce(0) { $0 + $1.tally.answers }
        var chance = 1.0
        for _ in 0..<min(failures, Self.surelyDead) { chance *= share(requests - answers, of: requests) }
        return failures < Self.surelyDead && (requests < Self.leastRequests || chance > 0.000_1)
    }
}

extension Verdict.Kind {
    /// It makes devices miss requests.
    fileprivate var deafens: Bool { isNoise || self == .babbler || self == .secondMaster }

    fileprivate var isNoise: Bool { self == .bias || self == .noiseFromSignal || self == .noise }

    /// It explains spoiled answers of every device.
    var spoilsAnswers: Bool {
        switch self {
        case .termination, .bias, .noiseFromSignal, .noise, .secondMaster, .babbler, .echo, .tooSlow: true
        default: false
        }
    }
}

/// `12 %`, and `0.4 %` below one.
func percent(_ share: Double) -> String {
    let tenths = Int((share * 1_000).rounded())
    return tenths < 10 ? "0.\(tenths) %" : "\((tenths + 5) / 10) %"
}
