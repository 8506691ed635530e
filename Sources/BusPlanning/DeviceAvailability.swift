package import GatewayModel

/// Whether a device is asked for its points, or only probed.
///
/// Three requests in a row without any reply make it silent. Replies that could not be used count too, but take eight
/// in a row: a spoiled answer costs no response timeout, and a device that spoils one answer in five would by three be
/// taken for silent every couple of minutes.
package struct DeviceAvailability: Hashable, Sendable {
    package static let noReplyLimit = 3
    package static let failureLimit = 8
    /// After it came back, this many answers in a row restore the limits above; before, one failure is enough. So a
    /// device that answers probes and nothing else costs no more than a dead one.
    package static let answersForTrust = 8
    /// Between probes, while those of all silent devices fit in their share of bus time.
    package static let probeInterval: Nanoseconds = .seconds(25)
    /// Before the first probe; each further one waits twice as long, up to `probeInterval`.
    package static let firstProbeInterval: Nanoseconds = .seconds(1)

    /// Since when the device is only probed; nil: it is asked for its points.
    package private(set) var silentSince: BootTime?
    /// When the next probe is wanted; meaningless unless silent.
    package private(set) var nextProbe = BootTime(nanoseconds: 0)
    package private(set) var hasAnswered = false
    private var interval = firstProbeInterval
    private var noRepliesInARow = 0
    private var failuresInARow = 0
    /// Answers in a row since it came back; nil: trusted.
    private var probation: Int?
    /// Of the last 16 requests those without a reply, newest lowest.
    private var misses: UInt16 = 0

    package init() {}

    package enum Change: Hashable, Sendable { case fellSilent, cameBack }

    package var isSilent: Bool { silentSince != nil }
    /// It came back not long ago: what it wastes is charged to the share of the silent devices.
    package var isOnProbation: Bool { probation != nil }
    /// Requests in a row that failed.
    package var failures: Int { failuresInARow }
    /// One of the last 16 requests got no reply in time: the next may get none, or one that comes into the others' turns.
    package var hasMissed: Bool { misses != 0 }

    package mutating func record(_ outcome: RequestOutcome, now: BootTime) -> Change? {
        if outcome != .notSent { misses = misses << 1 | (outcome == .noReply ? 1 : 0) }
        switch outcome {
        case .answered: return answered()
        case .noReply:
            noRepliesInARow += 1
            return failed(now: now)
        case .spoiled:
            noRepliesInARow = 0
            return failed(now: now)
        case .notSent: return nil
        }
    }

    private mutating func answered() -> Change? {
        (noRepliesInARow, failuresInARow) = (0, 0)
        hasAnswered = true
        if isSilent {
            silentSince = nil
            probation = 0
            return .cameBack
        }
        if let answers = probation {
            probation = answers + 1 < Self.answersForTrust ? answers + 1 : nil
            if probation == nil { interval = Self.firstProbeInterval }
        }
        return nil
    }

    private mutating func failed(now: BootTime) -> Change? {
        failuresInARow += 1
        if isSilent {
            interval = min(2 * interval, Self.probeInterval)
            nextProbe = now + interval
            return nil
        }
        let fallsSilent =
            isOnProbation || noRepliesInARow >= Self.noReplyLimit || failuresInARow >= Self.failureLimit
        guard fallsSilent else { return nil }
        if isOnProbation { interval = min(2 * interval, Self.probeInterval) }
        probation = nil
        silentSince = now
        nextProbe = now + interval
        return .fellSilent
    }
}
