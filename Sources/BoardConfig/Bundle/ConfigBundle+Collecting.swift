internal import GatewayModel

extension ConfigBundle {
    /// The files of a checked config. Blocks on the file system.
    ///
    /// - Parameters:
    ///   - path: the config that `result` came of.
    ///   - result: with a configuration.
    package init(
        config path: String, _ result: BoardConfigResult, release: UInt32, trusts: [PublicKey] = []
    ) throws(BundleFault) {
        guard let configuration = result.configuration else { throw BundleFault("\(path): may not be used") }
        var files = [File(name: Self.station, bytes: try Self.read(path))]
        for (name, place) in result.libraryFiles { files.append(File(name: name, bytes: try Self.read(place))) }
        for file in files where Self.holdsPrivateKey(file.bytes) {
            throw BundleFault("\(file.name): holds a private key, which must never leave its box; remove it")
        }
        self.init(gateway: configuration.gatewayID, release: release, trusts: trusts, files: files)
    }

    private static func read(_ path: String) throws(BundleFault) -> [UInt8] {
        do { return try ConfigFile.read(path) } catch { throw BundleFault("\(path): \(error.reason)") }
    }

    private static func holdsPrivateKey(_ bytes: [UInt8]) -> Bool {
        let words = Array("PRIVATE KEY-----".utf8)
        var rest = bytes[...]
        while let place = rest.firstIndex(of: words[0]) {
            if bytes[place...].starts(with: words) { return true }
            rest = bytes[(place + 1)...]
        }
        return false
    }
}
