/// How much history is kept.
package enum HistoryLimits {
    /// 7 days of quarters of an hour.
    static let quarters: Int64 = 7 * 96
    /// 2 years of days.
    static let days: Int64 = 731
    /// Quarters read in one go, so that an append never waits for long.
    static let chunk = 8
    /// Dictionaries remembered; the history of the oldest goes with it.
    static let dictionaries: Int64 = 16
    /// Frames in the WAL from which a commit is followed by a checkpoint.
    static let checkpointFrames = 64

    /// Pages of 1 KiB that the file may have: 2 MiB and 12 KiB a point.
    static func pages(points: Int) -> Int64 { 2_048 + 12 * Int64(points) }
}
