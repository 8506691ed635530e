import Foundation

/// What `Scripts/soak` and a replay say by environment; the defaults are what `Scripts/test` runs.
enum SoakSettings {
    /// `SEED`; else a fixed one, so that a run of the tests is like any other.
    static var seed: UInt64 { number("SEED") ?? 1 }
    /// `CUTS`: power cuts in all.
    static var cuts: Int { number("CUTS").map { Int(clamping: $0) } ?? 300 }
    /// `FAULTS=all`: every fault of the loops instead of a sample of them.
    static var everyFault: Bool { ProcessInfo.processInfo.environment["FAULTS"] == "all" }

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }
}
