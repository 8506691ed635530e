/// Notices that answers are spoiled in a burst: 5 of the last 20 transactions of a bus. It tells once, and again only
/// after 20 in a row without.
struct ErrorBurst: Sendable {
    static let limit = 5
    static let window: UInt32 = 0xF_FFFF

    /// One bit a transaction, newest lowest.
    private var history: UInt32 = 0
    private var isTold = false

    /// Counts one transaction. True: this one makes it a burst.
    mutating func record(isSpoiled: Bool) -> Bool {
        history = (history << 1 | (isSpoiled ? 1 : 0)) & Self.window
        if history == 0 { isTold = false }
        guard !isTold, history.nonzeroBitCount >= Self.limit else { return false }
        isTold = true
        return true
    }
}
