internal import CCrypto
internal import GatewayModel

/// An Ed25519 public key (RFC 8032): who may sign bundles.
package struct PublicKey: Hashable, Sendable {
    package static let length = 32
    package let bytes: [UInt8]

    /// nil unless they are 32.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// nil unless it is 64 hexadecimal digits.
    init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Of a PEM file, `-----BEGIN PUBLIC KEY-----`, as `openssl pkey -pubout` writes it; nil when there is no Ed25519 key
    /// in it.
    package init?(pem: [UInt8]) {
        guard let input = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(input) }
        guard let key = PEM_read_bio_PUBKEY(input, nil, nil, nil) else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: Self.length)
        var count = bytes.count
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519, EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1
        else { return nil }
        self.init(bytes: Array(bytes.prefix(count)))
    }

    package var pem: [UInt8] {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return [] }
        defer { EVP_PKEY_free(key) }
        return MemoryOutput.text { PEM_write_bio_PUBKEY($0, key) }
    }

    /// The first 16 digits of the key's SHA-256: enough for people to tell keys apart.
    package var fingerprint: String { String(ContentHash.sha256(bytes).prefix(16)) }

    package var hexadecimal: String { bytes.hexadecimal }

    func hasSigned(_ message: some Collection<UInt8>, _ signature: [UInt8]) -> Bool {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        let message = Array(message)
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// What libcrypto writes, in memory.
enum MemoryOutput {
    /// Empty when it refuses.
    static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
        guard let output = BIO_new(BIO_s_mem()) else { return [] }
        defer { BIO_free(output) }
        guard write(output) == 1 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = BIO_read(output, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(max(0, Int(count))))
    }
}
