import ArgumentParser

/// Exit statuses beyond 0, as sysexits.h numbers them.
enum ExitStatus {
    /// The service is not running.
    static let unavailable = ExitCode(69)
    /// The config is bad.
    static let config = ExitCode(78)
}
