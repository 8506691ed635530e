/// A board config on its way to a box: the files as they were written, comments and all, for one gateway.
///
/// It holds the board and the templates that the config names, so that a box reads what the installer has checked,
/// whatever library it came with. It holds no private keys.
package struct ConfigBundle: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        /// `station.yaml`, `boards/NAME.yaml` or `devices/NAME.yaml`.
        package var name: String
        package var bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    package static let station = "station.yaml"
    /// Bytes of a whole bundle.
    package static let sizeLimit = 4 << 20
    package static let filesLimit = 128
    package static let trustsLimit = 8

    /// The `gateway.id` of its config.
    package var gateway: String
    /// Rises with each bundle for the same gateway, from 1.
    package var release: UInt32
    /// Whose bundles the box shall take from now on, beside those it trusts already.
    package var trusts: [PublicKey]
    /// `station.yaml` first, the others in the order of their names.
    package var files: [File]

    package init(gateway: String, release: UInt32, trusts: [PublicKey] = [], files: [File]) {
        self.gateway = gateway
        self.release = release
        self.trusts = trusts
        self.files = files.sorted { Self.rank($0) < Self.rank($1) }
    }

    private static func rank(_ file: File) -> String { file.name == station ? "" : file.name }

    /// Names that a bundle may hold; none leaves the directory that it is unpacked into.
    static func admits(_ name: some StringProtocol) -> Bool {
        if name == station { return true }
        for shelf in ["boards/", "devices/"] where name.hasPrefix(shelf) && name.hasSuffix(".yaml") {
            return IdentifierPattern.library.admits(String(name.dropFirst(shelf.count).dropLast(5)))
        }
        return false
    }
}

/// Why a file is no bundle, or none to be believed.
package struct BundleFault: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
