/// One value on its way to a master, ready for the truth log.
struct TruthValue: Sendable {
    var device: String
    var point: String
    /// A JSON number, or `null` when the registers held words that mean nothing.
    var json: String
    /// Of a point whose words a fault has set: the words in hexadecimal.
    var raw: String?
}
