extension StringProtocol {
    /// Whether `text` stands somewhere in it, byte for byte. The standard library's own is in the regular-expression
    /// module, which the daemon does without.
    package func contains(text: some StringProtocol) -> Bool {
        let (all, part) = (Array(utf8), Array(text.utf8))
        guard part.count <= all.count else { return false }
        return (0...(all.count - part.count)).contains { all[$0...].starts(with: part) }
    }
}
