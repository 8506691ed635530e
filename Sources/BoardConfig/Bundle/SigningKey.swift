internal import CCrypto

/// An Ed25519 private key (RFC 8032), with which a company signs its bundles. It never goes to a box.
package struct SigningKey: Sendable {
    private static let length = 32
    private let seed: [UInt8]
    package let publicKey: PublicKey

    /// A new one, of the system's random numbers; nil when it has none to give.
    package static func generate() -> SigningKey? {
        var seed = [UInt8](repeating: 0, count: length)
        guard RAND_bytes(&seed, Int32(length)) == 1 else { return nil }
        return SigningKey(seed: seed)
    }

    /// nil unless there are 32 bytes.
    package init?(seed: [UInt8]) {
        guard seed.count == Self.length,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { return nil }
        defer { EVP_PKEY_free(key) }
        var bytes = [UInt8](repeating: 0, count: PublicKey.length)
        var count = bytes.count
        guard EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1,
            let publicKey = PublicKey(bytes: Array(bytes.prefix(count)))
        else { return nil }
        self.seed = seed
        self.publicKey = publicKey
    }

    /// Of a PEM file, `-----BEGIN PRIVATE KEY-----`, as `openssl genpkey -algorithm ed25519` writes it; nil when there is
    /// no Ed25519 key in it. libcrypto asks on the terminal for the password of an encrypted one.
    package init?(pem: [UInt8]) {
        guard let input = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
        defer { BIO_free(input) }
        guard let key = PEM_read_bio_PrivateKey(input, nil, nil, nil) else { return nil }
        defer { EVP_PKEY_free(key) }
        var seed = [UInt8](repeating: 0, count: Self.length)
        var count = seed.count
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519, EVP_PKEY_get_raw_private_key(key, &seed, &count) == 1
        else { return nil }
        self.init(seed: Array(seed.prefix(count)))
    }

    package var pem: [UInt8] {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else { return [] }
        defer { EVP_PKEY_free(key) }
        return MemoryOutput.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    /// 64 bytes; the same for the same message. Empty when libcrypto refuses, which it does only without memory.
    func sign(_ message: [UInt8]) -> [UInt8] {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else { return [] }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return [] }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return [] }
        var signature = [UInt8](repeating: 0, count: 64)
        var count = signature.count
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { return [] }
        return Array(signature.prefix(count))
    }
}
