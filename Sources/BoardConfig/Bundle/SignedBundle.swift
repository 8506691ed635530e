internal import GatewayModel

/// A bundle with the name and the signature of who made it, as a file:
///
///     district-gateway bundle 1
///     gateway: cj-hs-017
///     release: 12
///     trust: 64 hexadecimal digits                      (none to eight of them)
///     file: station.yaml 3812
///     ... 3812 bytes and a line feed
///     file: devices/tuf-2000m.yaml 2201
///     ...
///     signer: 64 hexadecimal digits
///     signature: 128 hexadecimal digits
///
/// Text, so that a person can look into it; the signature is about all bytes before its line. The same files, release
/// and key give the same bytes.
package struct SignedBundle: Hashable, Sendable {
    package let bundle: ConfigBundle
    package let signer: PublicKey
    package let bytes: [UInt8]

    static let head = "district-gateway bundle 1\n"

    /// - Throws: when a limit of ``Bundle`` is exceeded.
    package init(_ bundle: ConfigBundle, by key: SigningKey) throws(BundleFault) {
        guard bundle.files.count <= ConfigBundle.filesLimit else {
            throw BundleFault("\(bundle.files.count) files, expected at most \(ConfigBundle.filesLimit)")
        }
        guard bundle.trusts.count <= ConfigBundle.trustsLimit else {
            throw BundleFault("\(bundle.trusts.count) keys to be trusted, expected at most \(ConfigBundle.trustsLimit)")
        }
        var bytes = Array(Self.head.utf8)
        bytes += "gateway: \(bundle.gateway)\nrelease: \(bundle.release)\n".utf8
        for key in bundle.trusts { bytes += "trust: \(key.hexadecimal)\n".utf8 }
        for file in bundle.files {
            bytes += "file: \(file.name) \(file.bytes.count)\n".utf8
            bytes += file.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes += "signer: \(key.publicKey.hexadecimal)\n".utf8
        bytes += "signature: \(key.sign(bytes).hexadecimal)\n".utf8
        guard bytes.count <= ConfigBundle.sizeLimit else {
            throw BundleFault("\(bytes.count) bytes, expected at most \(ConfigBundle.sizeLimit)")
        }
        self.bundle = bundle
        self.signer = key.publicKey
        self.bytes = bytes
    }

    /// Reads one, and believes nothing before the signature fits. Whether the signer is to be trusted is another
    /// question (``BundleAdmission``).
    package init(bytes: [UInt8]) throws(BundleFault) {
        guard bytes.count <= ConfigBundle.sizeLimit else {
            throw BundleFault("too large, expected at most \(ConfigBundle.sizeLimit) bytes")
        }
        guard bytes.starts(with: Self.head.utf8) else {
            throw BundleFault("no bundle, expected it to begin with `\(Self.head.dropLast())`")
        }
        var reader = BundleReader(bytes, from: Self.head.utf8.count)
        let gateway = try reader.value("gateway")
        guard IdentifierPattern.gateway.admits(gateway) else {
            throw BundleFault("gateway: \(FileContext.quoted(gateway)) is no gateway's id")
        }
        guard let release = UInt32(try reader.value("release")), release > 0 else {
            throw BundleFault("release: expected a number from 1 to \(UInt32.max)")
        }
        var trusts: [PublicKey] = []
        while let text = try reader.optional("trust") {
            guard let key = PublicKey(hexadecimal: text) else {
                throw BundleFault("trust: expected 64 hexadecimal digits")
            }
            trusts.append(key)
            guard trusts.count <= ConfigBundle.trustsLimit else {
                throw BundleFault("more than \(ConfigBundle.trustsLimit) keys")
            }
        }
        var files: [ConfigBundle.File] = []
        while let text = try reader.optional("file") {
            files.append(try reader.file(text))
            guard files.count <= ConfigBundle.filesLimit else {
                throw BundleFault("more than \(ConfigBundle.filesLimit) files")
            }
        }
        guard let signer = PublicKey(hexadecimal: try reader.value("signer")) else {
            throw BundleFault("signer: expected 64 hexadecimal digits")
        }
        let signed = reader.position
        guard let signature = Hexadecimal.bytes(try reader.value("signature")), signature.count == 64 else {
            throw BundleFault("signature: expected 128 hexadecimal digits")
        }
        guard reader.position == bytes.count else { throw BundleFault("something follows the signature") }
        guard signer.hasSigned(bytes[..<signed], signature) else {
            throw BundleFault(
                "the signature does not fit: damaged or changed on the way (by mail as text?); get the file again")
        }
        let bundle = ConfigBundle(gateway: gateway, release: release, trusts: trusts, files: files)
        guard Set(files.map(\.name)).count == files.count else { throw BundleFault("a file is there twice") }
        guard bundle.files.first?.name == ConfigBundle.station else {
            throw BundleFault("there is no \(ConfigBundle.station)")
        }
        self.bundle = bundle
        self.signer = signer
        self.bytes = bytes
    }
}
