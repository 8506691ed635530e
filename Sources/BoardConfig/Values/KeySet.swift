/// The keys of one kind of mapping.
struct KeySet {
    /// As it stands in messages: "a device".
    let place: String
    let keys: [String]
    /// Known, but without machinery so far.
    var later: [String] = []
    /// Keys that would carry a secret, and the key that names a file instead.
    var secrets: [String: String] = [:]
}
