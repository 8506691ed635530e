/// How names look that stand in topics, files and rules.
enum IdentifierPattern {
    /// Buses, devices, points, uplinks: `[a-z][a-z0-9_-]{0,62}`.
    case item
    /// The gateway itself: `[a-z0-9][a-z0-9-]{0,62}`.
    case gateway
    /// Templates and boards, which are file names too: `[a-z0-9][a-z0-9._-]{0,62}`.
    case library

    var text: String {
        switch self {
        case .item: "[a-z][a-z0-9_-]{0,62}"
        case .gateway: "[a-z0-9][a-z0-9-]{0,62}"
        case .library: "[a-z0-9][a-z0-9._-]{0,62}"
        }
    }

    func admits(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 63 else { return false }
        return beginning(first) && text.utf8.allSatisfy(inside)
    }

    /// The text in lower case with dashes for blanks, where that makes it valid.
    func repaired(_ text: String) -> String? {
        let lower = String(text.lowercased().map { " ./".contains($0) ? "-" : $0 })
        let joined = self == .gateway ? String(lower.map { $0 == "_" ? "-" : $0 }) : lower
        return admits(joined) ? joined : nil
    }

    private func beginning(_ byte: UInt8) -> Bool {
        isLetter(byte) || (self != .item && isDigit(byte))
    }

    private func inside(_ byte: UInt8) -> Bool {
        if isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "-") { return true }
        switch self {
        case .item: return byte == UInt8(ascii: "_")
        case .gateway: return false
        case .library: return byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
        }
    }

    private func isLetter(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
