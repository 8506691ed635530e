/// Goes through the lines and files of a bundle.
struct BundleReader {
    private static let lineLimit = 256
    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int) {
        self.bytes = bytes
        self.position = position
    }

    /// The rest of the line `key: ...`.
    mutating func value(_ key: String) throws(BundleFault) -> String {
        guard let value = try optional(key) else { throw BundleFault("byte \(position): expected `\(key): ...`") }
        return value
    }

    /// nil, and nothing is read: the line is another one.
    mutating func optional(_ key: String) throws(BundleFault) -> String? {
        guard bytes[position...].starts(with: "\(key): ".utf8) else { return nil }
        let begin = position + key.utf8.count + 2
        guard let end = bytes[begin...].prefix(Self.lineLimit).firstIndex(of: UInt8(ascii: "\n")) else {
            throw BundleFault("byte \(position): the line of `\(key)` does not end")
        }
        position = end + 1
        return String(decoding: bytes[begin..<end], as: UTF8.self)
    }

    /// The bytes after a line `file: NAME COUNT`.
    mutating func file(_ text: String) throws(BundleFault) -> ConfigBundle.File {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, ConfigBundle.admits(words[0]) else {
            throw BundleFault(
                "file: \(FileContext.quoted(text)), expected station.yaml, boards/NAME.yaml or devices/NAME.yaml, and its length"
            )
        }
        guard let count = Int(words[1]), count >= 0, count < bytes.count - position else {
            throw BundleFault("file: \(words[0]): \(words[1]) bytes, but the bundle ends before")
        }
        let end = position + count
        guard bytes[end] == UInt8(ascii: "\n") else { throw BundleFault("file: \(words[0]): not as long as it says") }
        defer { position = end + 1 }
        return ConfigBundle.File(name: String(words[0]), bytes: Array(bytes[position..<end]))
    }
}
