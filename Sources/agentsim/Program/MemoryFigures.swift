internal import Synchronization

/// What the process held at the end of each simulated day, and whether that grows.
final class MemoryFigures: Sendable {
    private let samples = Mutex<[DaySample]>([])

    func add(_ sample: DaySample) {
        samples.withLock { $0.append(sample) }
        Console.say(
            "day \(sample.day): \(Self.megabytes(sample.anonymous)) MB anonymous, of these"
                + " \(Self.megabytes(sample.database)) SQLite's and \(Self.megabytes(Int(sample.files))) the disk's;"
                + " \(sample.batches) batches, \(sample.outstanding) readings on their way"
                + (sample.agent.map {
                    "; the last agent gave back \(Self.megabytes($0.bytes)) MB after \($0.age / .minutes(1)) minutes"
                } ?? ""))
    }

    /// The median of the last third of the days against that of the third before: at most 5 % or 1 MB more.
    /// - Returns: true too when there were fewer than 15 days.
    func judge() -> Bool {
        let figures = samples.withLock { $0.map(\.anonymous) }
        guard figures.count >= 15 else { return true }
        let third = figures.count / 3
        let before = Self.median(figures[third..<(2 * third)])
        let after = Self.median(figures[(2 * third)...])
        let isFlat = after <= before + max(before / 20, 1 << 20)
        Console.say(
            "memory over \(figures.count) days: median \(Self.megabytes(before)) MB in the middle third,"
                + " \(Self.megabytes(after)) MB in the last: \(isFlat ? "flat" : "IT GROWS")")
        return isFlat
    }

    private static func median(_ figures: ArraySlice<Int>) -> Int { figures.sorted()[figures.count / 2] }
    private static func megabytes(_ bytes: Int) -> String { Report.rounded(Double(bytes) / 1e6) }
}
