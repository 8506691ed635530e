import ArgumentParser

/// Exit statuses beyond 0, as sysexits.h numbers them.
enum ExitStatus {
    /// The input is not what it should be.
    static let data = ExitCode(65)
    /// The input cannot be read.
    static let noInput = ExitCode(66)
    /// The service is not running.
    static let unavailable = ExitCode(69)
    /// A file cannot be written.
    static let cannotCreate = ExitCode(73)
    /// The config is bad.
    static let config = ExitCode(78)
}
