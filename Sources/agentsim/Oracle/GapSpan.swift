internal import GatewayModel

/// The span of a gap record, in the terms of the log: boots are numbered in order.
struct GapSpan {
    /// An edge by wall time is as right as the anchor that it was taken with: seconds, and 100 ppm of days.
    private static let slack = Nanoseconds.minutes(2)

    private let gap: Gap
    private let boot: Int

    init(_ gap: Gap, boot: Int) {
        self.gap = gap
        self.boot = boot
    }

    func contains(_ entry: ReadingLog.Entry, boot number: Int) -> Bool {
        isAfter(gap.from, entry, number) && (gap.to.map { isBefore($0, entry, number) } ?? true)
    }

    private func isAfter(_ edge: GapEdge, _ entry: ReadingLog.Entry, _ number: Int) -> Bool {
        switch edge {
        case .unknown: true
        case .wall(let time): entry.truth >= time - Self.slack
        case .boot(let time): number == boot ? entry.milliseconds >= time.milliseconds : number > boot
        }
    }

    private func isBefore(_ edge: GapEdge, _ entry: ReadingLog.Entry, _ number: Int) -> Bool {
        switch edge {
        case .unknown: true
        case .wall(let time): entry.truth <= time + Self.slack
        case .boot(let time): number == boot ? entry.milliseconds <= time.milliseconds : number < boot
        }
    }
}
