/// `host`, `host:port`, `[IPv6]:port`.
struct Endpoint {
    var host: String
    var port: UInt16?

    init?(_ text: String) {
        var rest = text[...]
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard host.utf8.allSatisfy({ Self.isHexadecimal($0) || $0 == 58 || $0 == 46 }), host.contains(":") else {
                return nil
            }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard Self.isHost(host) || text.first == "[" else { return nil }
        if rest.isEmpty { return }
        guard rest.first == ":", let number = UInt16(rest.dropFirst()), number > 0, rest.dropFirst().first != "+" else {
            return nil
        }
        port = number
    }

    /// A name or an IPv4 address; at most 253 characters. An address of digits and dots has four parts up to 255.
    static func isHost(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 63 && $0.utf8.allSatisfy(isNameByte) }) else {
            return false
        }
        guard parts.last.map({ Int($0) != nil }) == true else { return true }
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 97 && byte | 0x20 <= 122) || (byte >= 48 && byte <= 57)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 97 && byte | 0x20 <= 102) || (byte >= 48 && byte <= 57)
    }
}
