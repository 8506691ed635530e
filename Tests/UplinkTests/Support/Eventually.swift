import Testing

/// Waits until the condition holds; records an issue when it does not within the limit.
func eventually(
    _ what: Comment, within limit: Duration = .seconds(15), location: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var holds = try await condition()
    while !holds {
        let inTime = ContinuousClock.now < deadline
        try #require(inTime, what, sourceLocation: location)
        try await Task.sleep(for: .milliseconds(5))
        holds = try await condition()
    }
}
